package netdevice

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// newNamespace moves the test's thread into a new network namespace, for the
// rest of the test, and returns it. The thread ends with the test.
func newNamespace(t *testing.T) *os.File {
	t.Helper()
	need.Root(t)
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Skip("no network namespaces: ", err)
	}
	namespace, err := openOwnNamespace()
	if err != nil {
		t.Fatal(err)
	}
	return namespace
}

// newHost makes a container's network namespace and one with devices that
// plays the host's, which the test's thread is in.
func newHost(t *testing.T, devices ...string) (container *os.File) {
	t.Helper()
	container = newNamespace(t)
	newNamespace(t).Close()
	for _, name := range devices {
		shell(t, "ip link add "+name+" type veth")
	}
	return container
}

// shell runs a script in the test's network namespace.
func shell(t *testing.T, script string) {
	t.Helper()
	busybox := need.Busybox(t)
	out, err := exec.Command(busybox, "sh", "-ec", strings.ReplaceAll(script, "ip ", busybox+" ip ")).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
}

// see returns the devices of the test's network namespace but lo and the far
// ends of veths, and their global addresses, as package net sees them.
func see(t *testing.T) (lines []string) {
	t.Helper()
	list, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Name == "lo" || strings.HasPrefix(i.Name, "veth") {
			continue
		}
		line := i.Name
		if i.Flags&net.FlagUp != 0 {
			line += " up"
		}
		addresses, err := i.Addrs()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addresses {
			if ip, _, _ := net.ParseCIDR(a.String()); ip.IsGlobalUnicast() {
				line += " " + a.String()
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// inside calls see in another namespace and comes back.
func inside(t *testing.T, namespace *os.File) []string {
	t.Helper()
	home, err := openOwnNamespace()
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	lines := see(t)
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	return lines
}

func compare(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: (-want +got)\n%s", what, d)
	}
}

// dup returns the namespace once more, for Move to close.
func dup(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

func TestMoveAndReturn(t *testing.T) {
	container := newHost(t, "n1", "n2", "n3")
	defer container.Close()
	shell(t, `ip addr add 192.0.2.1/24 dev n1
		ip addr add 198.51.100.1/30 dev n1
		ip -6 addr add 2001:db8::1/64 dev n1
		ip -6 addr add 2001:db8::2/128 dev n2
		ip link set n1 up`)
	before := see(t)
	compare(t, "host before", before, "n1 up 192.0.2.1/24 198.51.100.1/30 2001:db8::1/64", "n2 2001:db8::2/128", "n3")

	// n1 and n2 change their names with each other.
	m, err := Move(map[string]specs.LinuxNetDevice{"n1": {Name: "n2"}, "n2": {Name: "n1"}, "n3": {Name: "x%dy"}}, dup(t, container))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	compare(t, "host", see(t))
	compare(t, "container", inside(t, container), "n1 up 2001:db8::2/128", "n2 up 192.0.2.1/24 198.51.100.1/30 2001:db8::1/64", "x0y up")

	if err := m.Return(); err != nil {
		t.Fatal(err)
	}
	compare(t, "container after Return", inside(t, container))
	compare(t, "host after Return", see(t), before...)
}

// A name is taken in the container: on the host by another device, on the way
// by one that comes.
func TestReturnIntoTakenNames(t *testing.T) {
	container := newHost(t, "n1", "n2")
	defer container.Close()
	m, err := Move(map[string]specs.LinuxNetDevice{"n1": {Name: "n2"}}, dup(t, container))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.Return(); err != nil {
		t.Fatal(err)
	}
	compare(t, "host", see(t), "n1", "n2")

	m, err = Move(map[string]specs.LinuxNetDevice{"n1": {}}, dup(t, container))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	shell(t, "ip link add n1 type veth")
	if err := m.Return(); !errors.Is(err, unix.EEXIST) {
		t.Error("returned where another device has its name:", err)
	}
	compare(t, "host", see(t), "n1", "n2")
	compare(t, "container", inside(t, container), "n1 up")
}

// A name that is taken only while the move is on its way: everything is put
// back.
func TestMoveRaces(t *testing.T) {
	container := newHost(t, "n1", "n2")
	defer container.Close()
	m, err := connect(dup(t, container))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.devices = []*device{{key: "n1", name: "x"}, {key: "n2", name: "x"}}
	err = m.moveAll()
	want := `linux.netDevices["n2"].name: the container's network namespace already has a device x`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := m.Return(); err != nil {
		t.Error(err)
	}
	compare(t, "host", see(t), "n1", "n2")
	compare(t, "container", inside(t, container))
}

// The namespaces end with their last user: Close must not keep them.
func TestCloseLetsGo(t *testing.T) {
	container := newHost(t)
	defer container.Close()
	before := leak.OpenDescriptors()
	if m, err := Move(map[string]specs.LinuxNetDevice{"none": {}}, dup(t, container)); err == nil {
		m.Close()
		t.Error("moved a device that does not exist")
	}
	if left := leak.OpenDescriptors().Since(before); left != nil {
		t.Errorf("left open: %q", left)
	}
}

func TestRelabel(t *testing.T) {
	tests := []struct{ label, want string }{
		{"", ""}, {"eth0", "net1"}, {"eth0:web", "net1:web"}, {"eth0:0123456789a", ""}, {"eth00", "eth00"}, {"mine", "mine"},
	}
	for _, test := range tests {
		to := "net1"
		if test.want == "" && test.label != "" {
			to = "netdevice1"
		}
		if got := relabel("eth0", to)(test.label); got != test.want {
			t.Errorf("%q: got %q, want %q", test.label, got, test.want)
		}
	}
}
