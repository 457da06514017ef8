package fakesystemd

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	sddbus "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"
)

const (
	name  = "org.freedesktop.systemd1"
	path  = "/org/freedesktop/systemd1"
	iface = "org.freedesktop.systemd1.Manager"
)

// Manager is the service. Its fields say how it behaves.
type Manager struct {
	// Address is that of its bus.
	Address string
	// Version and ControlGroup are its properties.
	Version, ControlGroup string
	// Result is how jobs end: "done". If it is empty they never do.
	Result string
	// Start is called when a unit starts, to make its cgroups, and Stop when
	// it has been stopped. They may be nil.
	Start func(u *Unit) error
	Stop  func(u *Unit)

	mu    sync.Mutex
	conn  *dbus.Conn
	jobs  int
	units map[string]*Unit
	calls []string
}

// Unit is a unit that was started.
type Unit struct {
	Name       string
	Properties map[string]any
	Failed     bool
	// Starting is how many questions for its state from now on it will be
	// about to fail.
	Starting int
}

// Property is a property as it comes over the bus.
type Property struct {
	Name  string
	Value dbus.Variant
}

// Aux is a unit that is started together with another.
type Aux struct {
	Name       string
	Properties []Property
}

// Change changes what the manager says, while it runs.
func (m *Manager) Change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Run starts a manager on a bus of its own. It ends with the test.
func Run(t testing.TB) *Manager {
	t.Helper()
	m := &Manager{Address: Bus(t), Version: "257.1-test", ControlGroup: "/", Result: "done", units: map[string]*Unit{}}
	conn, err := dbus.Connect(m.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	m.conn = conn
	if err := conn.Export(api{m}, path, iface); err != nil {
		t.Fatal(err)
	}
	if err := conn.Export(properties{m}, path, "org.freedesktop.DBus.Properties"); err != nil {
		t.Fatal(err)
	}
	if err := conn.ExportSubtree(unitProperties{m}, path+"/unit", "org.freedesktop.DBus.Properties"); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal("request name: ", reply, err)
	}
	return m
}

// Unit returns a unit, or nil.
func (m *Manager) Unit(name string) *Unit {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.units[name]
	if !ok {
		return nil
	}
	now := *u
	now.Properties = maps.Clone(u.Properties)
	return &now
}

// Add makes a unit that nobody has started.
func (m *Manager) Add(u *Unit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.units[u.Name] = u
}

// Forget removes a unit and leaves its cgroups.
func (m *Manager) Forget(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.units, name)
}

// Calls returns the calls that came so far, without the replies: "StopUnit
// a.scope".
func (m *Manager) Calls() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.calls...)
}

func (m *Manager) called(format string, args ...any) {
	m.calls = append(m.calls, fmt.Sprintf(format, args...))
}

// job begins a job for a unit and ends it, if jobs end. It is the caller's turn
// to unlock.
func (m *Manager) job(unit string) (dbus.ObjectPath, *dbus.Error) {
	m.jobs++
	job := dbus.ObjectPath(fmt.Sprintf("%s/job/%d", path, m.jobs))
	if m.Result != "" {
		// Others' jobs end too.
		m.removed(uint32(m.jobs), job+"0", "other.service", "failed")
		m.removed(0, path+"/job/0", unit, "failed")
		m.removed(uint32(m.jobs), job, unit, m.Result)
	}
	return job, nil
}

func (m *Manager) removed(id uint32, job dbus.ObjectPath, unit, result string) {
	if err := m.conn.Emit(path, iface+".JobRemoved", id, job, unit, result); err != nil {
		m.called("JobRemoved: %v", err)
	}
}

func failure(kind, format string, args ...any) *dbus.Error {
	return dbus.NewError(name+"."+kind, []any{fmt.Sprintf(format, args...)})
}

// api has the methods of the manager's interface.
type api struct{ m *Manager }

func (a api) StartTransientUnit(name, mode string, list []Property, aux []Aux) (dbus.ObjectPath, *dbus.Error) {
	m := a.m
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called("StartTransientUnit %s %s", name, mode)
	if m.units[name] != nil {
		return "", failure("UnitExists", "Unit %s was already loaded or has a fragment file.", name)
	}
	for _, p := range list {
		if want, ok := scopeProperties[p.Name]; ok && want.Signature() != p.Value.Signature() {
			return "", dbus.NewError("System.Error.ENXIO", []any{"No such device or address"})
		}
	}
	u := &Unit{Name: name, Properties: map[string]any{}}
	u.set(list)
	if m.Start != nil {
		if err := m.Start(u); err != nil {
			return "", failure("StartFailed", "%v", err)
		}
	}
	m.units[name] = u
	if m.Result != "done" {
		u.Failed = true
	}
	return m.job(name)
}

func (u *Unit) set(list []Property) {
	for _, p := range list {
		u.Properties[p.Name] = p.Value.Value()
	}
}

func (a api) StopUnit(name, mode string) (dbus.ObjectPath, *dbus.Error) {
	m := a.m
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called("StopUnit %s %s", name, mode)
	u := m.units[name]
	if u == nil {
		return "", failure("NoSuchUnit", "Unit %s not loaded.", name)
	}
	m.end(u)
	return m.job(name)
}

// end removes a unit, unless it has failed.
func (m *Manager) end(u *Unit) {
	if m.Stop != nil {
		m.Stop(u)
	}
	if !u.Failed {
		delete(m.units, u.Name)
	}
}

func (a api) ResetFailedUnit(name string) *dbus.Error {
	m := a.m
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called("ResetFailedUnit %s", name)
	u := m.units[name]
	if u == nil {
		return failure("NoSuchUnit", "Unit %s not loaded.", name)
	}
	if u.Failed {
		delete(m.units, name)
	}
	return nil
}

func (a api) SetUnitProperties(name string, runtime bool, list []Property) *dbus.Error {
	m := a.m
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called("SetUnitProperties %s %v", name, runtime)
	u := m.units[name]
	if u == nil {
		return failure("NoSuchUnit", "Unit %s not loaded.", name)
	}
	u.set(list)
	return nil
}

func (a api) AttachProcessesToUnit(name, cgroup string, pids []uint32) *dbus.Error {
	m := a.m
	m.mu.Lock()
	defer m.mu.Unlock()
	m.called("AttachProcessesToUnit %s %s %v", name, cgroup, pids)
	return nil
}

// properties has the method that returns the manager's properties.
type properties struct{ m *Manager }

func (p properties) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	switch name {
	case "Version":
		return dbus.MakeVariant(p.m.Version), nil
	case "ControlGroup":
		return dbus.MakeVariant(p.m.ControlGroup), nil
	}
	return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{name})
}

// unitProperties has the methods that return those of units.
type unitProperties struct{ m *Manager }

// scopeProperties are those of init.scope, as far as somebody asks for them.
var scopeProperties = map[string]dbus.Variant{
	"TimeoutStopUSec": dbus.MakeVariant(uint64(90_000_000)),
	"CollectMode":     dbus.MakeVariant("inactive"),
}

func (p unitProperties) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	if v, ok := scopeProperties[name]; ok && iface == "org.freedesktop.systemd1.Scope" {
		return v, nil
	}
	return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{name})
}

// GetAll returns the state of a unit. One that does not exist is inactive.
func (p unitProperties) GetAll(msg dbus.Message, iface string) (map[string]dbus.Variant, *dbus.Error) {
	m := p.m
	m.mu.Lock()
	defer m.mu.Unlock()
	state, job := "inactive", uint32(0)
	for _, u := range m.units {
		if msg.Headers[dbus.FieldPath].Value() != dbus.ObjectPath(path+"/unit/"+sddbus.PathBusEscape(u.Name)) {
			continue
		}
		switch {
		case u.Starting > 0:
			u.Starting--
			job = 7
		case u.Failed:
			state = "failed"
		default:
			state = "active"
		}
	}
	return map[string]dbus.Variant{
		"ActiveState": dbus.MakeVariant(state),
		"Job": dbus.MakeVariant(struct {
			ID   uint32
			Path dbus.ObjectPath
		}{job, "/"}),
	}, nil
}
