package systemd

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	godbus "github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/fakesystemd"
)

// connect runs a fake systemd and connects to it.
func connect(t *testing.T) (*fakesystemd.Manager, *Manager) {
	t.Helper()
	fake := fakesystemd.Run(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", fake.Address)
	m, err := Connect(context.Background(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return fake, m
}

func TestStartTransient(t *testing.T) {
	fake, m := connect(t)
	err := m.StartTransient(context.Background(), "a.scope", []Property{
		NewProperty("Slice", "x.slice"),
		NewProperty("Delegate", true),
		NewProperty("PIDs", []uint32{7, 8}),
		NewProperty("MemoryMax", uint64(1<<40)),
		NewProperty("AllowedCPUs", []byte{5, 1}),
		NewProperty("DeviceAllow", []DeviceAllow{{"char-136", "rw"}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Slice": "x.slice", "Delegate": true, "PIDs": []uint32{7, 8}, "MemoryMax": uint64(1 << 40), "AllowedCPUs": []byte{5, 1},
		"DeviceAllow": [][]any{{"char-136", "rw"}},
	}
	if diff := cmp.Diff(want, fake.Unit("a.scope").Properties); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
	if err := m.SetProperties(context.Background(), "a.scope", []Property{NewProperty("MemoryMax", uint64(5))}); err != nil {
		t.Error(err)
	}
	if got := fake.Unit("a.scope").Properties["MemoryMax"]; got != uint64(5) {
		t.Errorf("MemoryMax is %v, want 5", got)
	}
	if err := m.Attach(context.Background(), "a.scope", "/", 9); err != nil {
		t.Error(err)
	}
	if err := m.Stop(context.Background(), "a.scope"); err != nil {
		t.Error(err)
	}
	calls := []string{
		"StartTransientUnit a.scope replace", "SetUnitProperties a.scope true", "AttachProcessesToUnit a.scope / [9]",
		"StopUnit a.scope replace", "ResetFailedUnit a.scope",
	}
	if diff := cmp.Diff(calls, fake.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestStopGone(t *testing.T) {
	_, m := connect(t)
	if err := m.Stop(context.Background(), "never.scope"); err != nil {
		t.Error("stop a unit that does not exist: ", err)
	}
}

// A running unit is in the way, and a failed unit is not.
func TestStartOverOther(t *testing.T) {
	fake, m := connect(t)
	fake.Add(&fakesystemd.Unit{Name: "runs.scope"})
	err := m.StartTransient(context.Background(), "runs.scope", nil)
	if !hasName(err, "org.freedesktop.systemd1.UnitExists") || fake.Unit("runs.scope") == nil {
		t.Errorf("start over a unit that runs: %v", err)
	}
	fake.Add(&fakesystemd.Unit{Name: "failed.scope", Failed: true})
	if err := m.StartTransient(context.Background(), "failed.scope", nil); err != nil {
		t.Errorf("start over a unit that has failed: %v", err)
	}
}

// A job that fails is an error that says so, and leaves no failed unit.
func TestJobFails(t *testing.T) {
	fake, m := connect(t)
	fake.Change(func() { fake.Result = "timeout" })
	err := m.StartTransient(context.Background(), "a.scope", nil)
	if err == nil || !strings.Contains(err.Error(), `result "timeout"`) {
		t.Errorf("error is %v", err)
	}
	if fake.Unit("a.scope") != nil {
		t.Error("the failed unit is still there")
	}
}

// A systemd that hangs is waited for until the time limit, and no longer.
func TestJobHangs(t *testing.T) {
	fake, m := connect(t)
	fake.Change(func() { fake.Result = "" })
	m.jobTimeout = 100 * time.Millisecond
	begin := time.Now()
	err := m.StartTransient(context.Background(), "a.scope", nil)
	if err == nil || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("error is %v", err)
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestProperties(t *testing.T) {
	fake, m := connect(t)
	fake.Change(func() { fake.ControlGroup = "/user.slice/x" })
	if got, err := m.ControlGroup(context.Background()); got != "/user.slice/x" || err != nil {
		t.Errorf("ControlGroup = %q, %v", got, err)
	}
	for text, want := range map[string]int{"257.1-2": 257, "v252.22": 252, "260~rc1": 260} {
		fake.Change(func() { fake.Version = text })
		if got, err := m.Version(context.Background()); got != want || err != nil {
			t.Errorf("Version of %q = %d, %v, want %d", text, got, err, want)
		}
	}
	fake.Change(func() { fake.Version = "new" })
	if got, err := m.Version(context.Background()); err == nil {
		t.Errorf("Version of %q = %d", fake.Version, got)
	}
	if _, err := m.property(context.Background(), "None"); !isAnswer(err) {
		t.Errorf("a property that does not exist: %v", err)
	}
}

// Signals for others do not fill the memory, and do not end the wait.
func TestOtherSignals(t *testing.T) {
	fake, m := connect(t)
	other, err := godbus.Connect(fake.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for range 500 {
		_ = other.Emit("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager.JobRemoved", uint32(1), godbus.ObjectPath("/x"), "b.scope", "failed")
		_ = other.Emit("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager.JobRemoved", "of other types")
	}
	if err := m.StartTransient(context.Background(), "b.scope", nil); err != nil {
		t.Error(err)
	}
}

func TestConnectFails(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
	_, err := Connect(context.Background(), false)
	if err == nil || !IsAbsent(err) {
		t.Errorf("error is %v", err)
	}
	if !isDir("/run/systemd/system") && !strings.Contains(err.Error(), "was not booted with systemd") {
		t.Errorf("error is %v", err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "nothing:x")
	if _, err := Connect(context.Background(), false); err == nil || !strings.Contains(err.Error(), "transport") {
		t.Errorf("error is %v", err)
	}
}

func TestUserAddresses(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	bus, private, err := userAddresses()
	if bus != "unix:path="+dir+"/bus" || private != "unix:path="+dir+"/systemd/private" || err != nil {
		t.Errorf("addresses are %q, %q, %v", bus, private, err)
	}
	t.Setenv("XDG_RUNTIME_DIR", "/nowhere")
	if _, _, err := userAddresses(); err == nil || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("error is %v", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=x")
	if bus, private, err := userAddresses(); bus != "unix:abstract=x" || private != "" || err != nil {
		t.Errorf("addresses are %q, %q, %v", bus, private, err)
	}
}

func TestExplain(t *testing.T) {
	plain := errors.New("it rains")
	if got := explain(plain, true).Error(); got != "systemd of the user: it rains" {
		t.Errorf("explain = %q", got)
	}
}

// A value of a wrong type is answered with the property and the type that it has;
// systemd itself says no more than "No such device or address".
func TestWrongType(t *testing.T) {
	fake, m := connect(t)
	err := m.StartTransient(context.Background(), "a.scope", []Property{NewProperty("Delegate", true), NewProperty("TimeoutStopUSec", "5s")})
	if err == nil || !strings.Contains(err.Error(), `the property TimeoutStopUSec is of type "t", not "s"`) {
		t.Errorf("error is %v", err)
	}
	if fake.Unit("a.scope") != nil {
		t.Error("the unit was started")
	}
}

// A unit that has failed or is about to fail is forgotten. A unit that runs or
// does not exist is left alone.
func TestForget(t *testing.T) {
	fake, m := connect(t)
	fake.Add(&fakesystemd.Unit{Name: "failed.scope", Failed: true})
	fake.Add(&fakesystemd.Unit{Name: `fail\x2bing.scope`, Failed: true, Starting: 2})
	fake.Add(&fakesystemd.Unit{Name: "runs.scope"})
	for _, unit := range []string{"failed.scope", `fail\x2bing.scope`, "runs.scope", "never.scope"} {
		begin := time.Now()
		if err := m.Forget(context.Background(), unit); err != nil {
			t.Errorf("forget %s: %v", unit, err)
		}
		if d := time.Since(begin); d > leaveTimeout {
			t.Errorf("forget %s took %v", unit, d)
		}
		if exists := fake.Unit(unit) != nil; exists != (unit == "runs.scope") {
			t.Errorf("%s: exists is %v", unit, exists)
		}
	}
}

// A wait for systemd ends with the context.
func TestCallsAreCancelled(t *testing.T) {
	fake, m := connect(t)
	fake.Change(func() { fake.Result = "" })
	silent := silentBus(t)
	for _, tt := range []struct {
		name  string
		after time.Duration // a job must have begun by then, on a slow machine too
		call  func(context.Context) error
		want  string
	}{
		{"job", 2 * time.Second, func(ctx context.Context) error { return m.StartTransient(ctx, "a.scope", nil) }, "systemd: start a.scope: wait for the job: "},
		{"stop", 50 * time.Millisecond, func(ctx context.Context) error { return m.Stop(ctx, "b.scope") }, "systemd: stop b.scope: "},
		{"connection", 50 * time.Millisecond, func(ctx context.Context) error {
			t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", silent)
			_, err := Connect(ctx, false)
			return err
		}, "systemd of the system: "},
	} {
		fake.Add(&fakesystemd.Unit{Name: "b.scope"})
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), tt.after)
		err := tt.call(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
		if d := time.Since(begin); d > tt.after+5*time.Second {
			t.Errorf("%s: it took %v", tt.name, d)
		}
	}
	if fake.Unit("a.scope") != nil {
		t.Error("the unit of the job that was given up is still there")
	}
	if err := m.Attach(t.Context(), "b.scope", "/", 1); err != nil {
		t.Error("the connection is of no use any more: ", err)
	}
}

// silentBus returns the address of a bus that takes connections and never answers.
func silentBus(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "unix:path=" + path
}
