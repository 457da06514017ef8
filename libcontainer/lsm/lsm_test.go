package lsm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"golang.org/x/sys/unix"
)

const label = "system_u:system_r:container_t:s0:c1,c2"

// TestSteps: what is written where, to files in the place of the kernel's.
func TestSteps(t *testing.T) {
	tests := []struct {
		file, want string
		compile    func(*program.Builder, program.Arg, string)
		value      string
	}{
		{"apparmor/exec", "exec docker-default", AppArmor, "docker-default"},
		{"apparmor/exec", "exec unconfined", AppArmor, "unconfined"},
		{"exec", label, SELinux, label},
		{"keycreate", label, KeyLabel, label},
	}
	for _, test := range tests {
		dir := t.TempDir()
		file := filepath.Join(dir, "self/attr", test.file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		r := steps.Run(t, func(b *program.Builder) {
			proc := b.Openat(program.Cwd, dir, unix.O_PATH).Result("proc")
			test.compile(b, proc, test.value)
			test.compile(b, proc, "")
		})
		got, err := os.ReadFile(file)
		if r.Failure != "" || err != nil || string(got) != test.want {
			t.Errorf("%s: got %q, %v, %q; want %q", test.file, got, err, r.Failure, test.want)
		}
	}
}

// TestNothing: without profile and label there are no steps.
func TestNothing(t *testing.T) {
	b := program.NewBuilder("sync")
	AppArmor(b, program.Null, "")
	SELinux(b, program.Null, "")
	KeyLabel(b, program.Null, "")
	if b.Next() != program.Entry {
		t.Errorf("%d steps", b.Next()-program.Entry)
	}
}

// hostProc opens /proc.
func hostProc(b *program.Builder) program.Arg {
	return b.Openat(program.Cwd, "/proc", unix.O_PATH).Result("proc")
}

// TestAppArmor asks the kernel, with AppArmor or without.
func TestAppArmor(t *testing.T) {
	need.Root(t)
	absent := "the kernel has no AppArmor, or AppArmor is not enabled"
	if need.HasAppArmor() {
		absent = "AppArmor has no such profile loaded"
	}
	for profile, want := range map[string]string{
		"rt-test-none": "process.apparmorProfile (rt-test-none): " + absent,
		"unconfined":   "",
	} {
		r := steps.Run(t, func(b *program.Builder) { AppArmor(b, hostProc(b), profile) })
		if r.Failure != want {
			t.Errorf("%s: failure %q, want %q", profile, r.Failure, want)
		}
	}
}

// TestCovered is CVE-2025-52881: somebody has mounted another file of proc, and
// another file system, over those that are written. That must be an error.
func TestCovered(t *testing.T) {
	need.Root(t)
	attr := "/proc/self/attr/exec"
	cover := map[string]func(b *program.Builder){
		"file of proc": func(b *program.Builder) {
			b.Call(unix.SYS_MOUNT, b.String("/proc/self/comm"), b.String(attr), program.Null, program.Imm(unix.MS_BIND), program.Null)
		},
		"file system": func(b *program.Builder) {
			b.Call(unix.SYS_MOUNT, program.Null, b.String("/proc/self/attr"), b.String("tmpfs"), program.Imm(0), program.Null)
			b.Openat(program.Cwd, attr, unix.O_CREAT|unix.O_WRONLY)
		},
	}
	for name, mount := range cover {
		r := steps.Options{Cloneflags: unix.CLONE_NEWNS}.Run(t, func(b *program.Builder) {
			proc := hostProc(b)
			b.Call(unix.SYS_MOUNT, program.Null, b.String("/"), program.Null, program.Imm(unix.MS_REC|unix.MS_PRIVATE), program.Null)
			mount(b)
			SELinux(b, proc, label)
		})
		if !strings.HasSuffix(r.Failure, ": change to the label: invalid cross-device link") {
			t.Errorf("%s over it: failure %q", name, r.Failure)
		}
	}
}
