package device

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// bind mounts the nodes of the host in a rootfs and lists what is in /dev then.
func bind(t *testing.T, rootfs string, devices ...specs.LinuxDevice) steps.Result {
	t.Helper()
	need.Root(t)
	busybox, err := os.ReadFile(need.Busybox(t))
	if err == nil {
		err = os.WriteFile(filepath.Join(rootfs, "busybox"), busybox, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return steps.Options{Cloneflags: unix.CLONE_NEWNS}.Run(t, func(b *program.Builder) {
		b.Umask(0)
		root := mount.NewRoot(b, mount.RootConfig{Path: rootfs, OwnNamespace: true})
		root.Begin()
		Create(b, root.Dir, &specs.Spec{Linux: &specs.Linux{Devices: devices}}, Bind)
		root.Pivot()
		script := "cd /dev; /busybox stat -c '%n %F %t:%T' null zero full random urandom tty pipe; echo hello >null"
		b.Execve("/busybox", b.Strings([]string{"sh", "-c", script}), b.Pointers())
	})
}

// TestBind: only root of the host can make nodes; anybody can mount its nodes.
func TestBind(t *testing.T) {
	rootfs := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	// What the image has in the place of a node is covered, links are not
	// followed.
	mkdir(t, rootfs+"/dev")
	for name, to := range map[string]string{"zero": victim, "full": "nowhere"} {
		if err := os.Symlink(to, rootfs+"/dev/"+name); err != nil {
			t.Fatal(err)
		}
	}
	r := bind(t, rootfs, specs.LinuxDevice{Path: "/dev/pipe", Type: "p"})
	const want = `null character special file 1:3
zero character special file 1:5
full character special file 1:7
random character special file 1:8
urandom character special file 1:9
tty character special file 5:0
pipe fifo 0:0
`
	if r.Failure != "" || r.Status != 0 || r.Output != want {
		t.Errorf("failure %q, status %#x, /dev has\n%swant\n%s", r.Failure, r.Status, r.Output, want)
	}
	for _, name := range []string{"null", "tty"} {
		if f := look(t, rootfs+"/dev/"+name); f.Mode != unix.S_IFREG|0o666 {
			t.Errorf("the mount point %s has mode %o", name, f.Mode)
		}
	}
	if f := look(t, victim); f.Mode != unix.S_IFREG|0o644 {
		t.Errorf("a file of the host is now %+v", f)
	}
}

func TestBindFaults(t *testing.T) {
	tests := []struct {
		device specs.LinuxDevice
		want   string
	}{
		{
			specs.LinuxDevice{Path: "/dev/null", Type: "c", Major: 1, Minor: 5},
			"linux.devices[0] (/dev/null): bind mount device c 1:5: on the host another file is at this path",
		}, {
			specs.LinuxDevice{Path: "/dev/null", Type: "b", Major: 1, Minor: 3},
			"linux.devices[0] (/dev/null): bind mount device b 1:3: on the host another file is at this path",
		}, {
			specs.LinuxDevice{Path: "/dev/no/such", Type: "c", Major: 1, Minor: 3},
			"linux.devices[0] (/dev/no/such): bind mount device c 1:3: the host has none at this path, and only the host's root can make one",
		},
	}
	for _, test := range tests {
		if r := bind(t, t.TempDir(), test.device); r.Failure != test.want {
			t.Errorf("got %q, want %q", r.Failure, test.want)
		}
	}
}
