// Package systemd talks to a service manager, systemd's, that of the system or
// that of a user: it starts, changes and ends the transient units that
// containers live in.
package systemd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/oci-rt/rt/libcontainer/dbus"
	"golang.org/x/sys/unix"
)

// callTimeout bounds every call, and jobTimeout the wait for what systemd was
// asked to do: a machine that starts hundreds of units is that slow.
const (
	callTimeout = 25 * time.Second
	jobTimeout  = 30 * time.Second
)

const (
	busName          = "org.freedesktop.systemd1"
	managerPath      = "/org/freedesktop/systemd1"
	managerInterface = "org.freedesktop.systemd1.Manager"
)

// Manager is a connection to a service manager.
type Manager struct {
	conn       *dbus.Conn
	jobTimeout time.Duration // tests have a shorter one
}

// Property is a property of a unit (org.freedesktop.systemd1(5)). Its value is
// one of package dbus.
type Property struct {
	Name  string
	Value any
}

// Connect connects to the service manager of the system or, with user, to the
// caller's own.
//
// It goes over the message bus, and where that does not run over the manager's
// own socket. The addresses are those of the environment, if it has some, as
// everywhere with D-Bus.
func Connect(user bool) (*Manager, error) {
	bus, private, err := addresses(user)
	if err != nil {
		return nil, err
	}
	conn, err := dbus.Dial(bus, callTimeout)
	if err != nil && private != "" && isAbsent(err) {
		if direct, directErr := dbus.DialPeer(private, callTimeout); directErr == nil {
			conn, err = direct, nil
		}
	}
	if err != nil {
		return nil, explain(err, user)
	}
	return &Manager{conn, jobTimeout}, nil
}

// Close ends the connection.
func (m *Manager) Close() { m.conn.Close() }

// addresses returns those of the message bus and of the manager's own socket,
// if that may be used instead.
func addresses(user bool) (bus, private string, err error) {
	if user {
		return userAddresses()
	}
	if bus = os.Getenv("DBUS_SYSTEM_BUS_ADDRESS"); bus != "" {
		return bus, "", nil
	}
	if os.Geteuid() == 0 {
		private = dbus.Address("/run/systemd/private")
	}
	return dbus.Address("/run/dbus/system_bus_socket"), private, nil
}

// userAddresses are those of the caller's bus and manager. Engines start a
// runtime with hardly an environment, and often without these variables.
func userAddresses() (bus, private string, err error) {
	if bus = os.Getenv("DBUS_SESSION_BUS_ADDRESS"); bus != "" {
		return bus, "", nil
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	if err := ownedByCaller(dir); err != nil {
		return "", "", fmt.Errorf("systemd of the user: %w", err)
	}
	return dbus.Address(dir + "/bus"), dbus.Address(dir + "/systemd/private"), nil
}

// ownedByCaller refuses a runtime directory of somebody else, whose variable
// has come along through su(1) or sudo(8).
func ownedByCaller(dir string) error {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return fmt.Errorf("the runtime directory %s: %w", dir, err)
	}
	if int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("the runtime directory %s belongs to user %d, not %d", dir, st.Uid, os.Geteuid())
	}
	return nil
}

// isAbsent reports whether there is nobody to talk to.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED)
}

// explain says what it may mean that there is no connection.
func explain(err error, user bool) error {
	hint := ""
	switch booted := isDir("/run/systemd/system"); { // sd_booted(3)
	case !isAbsent(err):
	case !booted:
		hint = " (this machine was not booted with systemd: leave out --systemd-cgroup)"
	case user:
		hint = " (a user's systemd needs a login session or loginctl enable-linger, and Debian's dbus-user-session)"
	}
	which := "the system"
	if user {
		which = "the user"
	}
	return fmt.Errorf("systemd of %s: %w%s", which, err, hint)
}

func isDir(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

// call calls a method of the manager.
func (m *Manager) call(member string, args ...any) ([]any, error) {
	return m.conn.Call(dbus.Method{Destination: busName, Path: managerPath, Interface: managerInterface, Member: member}, args...)
}

// property returns a property of the manager that is a string.
func (m *Manager) property(name string) (string, error) {
	values, err := m.conn.Call(dbus.Method{
		Destination: busName, Path: managerPath, Interface: "org.freedesktop.DBus.Properties", Member: "Get",
	}, managerInterface, name)
	if err != nil {
		return "", fmt.Errorf("systemd: property %s: %w", name, err)
	}
	if len(values) == 1 {
		if v, ok := values[0].(dbus.Variant); ok {
			if s, ok := v.Value.(string); ok {
				return s, nil
			}
		}
	}
	return "", fmt.Errorf("systemd: property %s is no string: %v", name, values)
}

// ControlGroup returns the cgroup that the manager's units are below, "/" or ""
// for all but a user's manager in the host's namespace.
func (m *Manager) ControlGroup() (string, error) { return m.property("ControlGroup") }

// Version returns systemd's version.
func (m *Manager) Version() (int, error) {
	text, err := m.property("Version")
	if err != nil {
		return 0, err
	}
	digits := strings.TrimLeft(text, "v")
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("systemd: version %q has no number", text)
	}
	return n, nil
}
