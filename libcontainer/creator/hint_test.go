package creator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// TestHintOfFull: ENOSPC has two meanings where things are mounted.
func TestHintOfFull(t *testing.T) {
	b := program.NewBuilder("sync")
	b.At("mounts[1]", "/x")
	b.Doing("mount")
	b.MoveMount(b.Input("a"), b.Input("b"))
	b.Mkdirat(program.Cwd, "x", 0o755)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range map[uint32]string{
		program.Entry:     "mounts[1] (/x): mount: no space left on device (" + namespaceFull + ")",
		program.Entry + 1: "mounts[1] (/x): mount: no space left on device (a file system is full, or has no inodes left)",
	} {
		if got := stepError(p, program.Report{Step: step, Errno: unix.ENOSPC}).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	// Forged.
	_ = stepError(p, program.Report{Step: 1 << 31, Errno: unix.ENOSPC}).Error()
}

// TestHintOfMissingNamespaces: a kernel can be without a type of namespaces.
func TestHintOfMissingNamespaces(t *testing.T) {
	for _, tt := range []struct {
		path, doing string
		errno       unix.Errno
		want        string
	}{
		{"linux.timeOffsets", "open /proc/self/timens_offsets", unix.ENOENT, "this kernel has no time namespaces, as all of 32-bit ARM"},
		{"linux.namespaces[3]", "create time namespace", unix.EINVAL, "this kernel has no namespaces of this type"},
		{"linux.namespaces[3]", "join namespace", unix.EINVAL, "the path is not a namespace of this type"},
	} {
		e := &StepError{Errno: tt.errno}
		e.Origin.Path, e.Origin.Doing = tt.path, tt.doing
		if got := hint(e); got != tt.want {
			t.Errorf("%s: %s: %q, want %q", tt.path, tt.doing, got, tt.want)
		}
	}
}

// A helper that could not map the ids says little of why.
func TestHintOfUserMap(t *testing.T) {
	restricted, open := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(restricted, "kernel"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(restricted, "kernel/apparmor_restrict_unprivileged_userns"), []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m := idMap{helper: "newgidmap"}
	for _, tt := range []struct{ output, sysctls, want string }{
		{"newgidmap: gid range [0-1000) -> [200000-201000) not allowed", restricted, "the user needs a range for it in /etc/subgid: see usermod(8)"},
		{"newgidmap: write to gid_map failed: Operation not permitted", restricted, "AppArmor restricts user namespaces of ordinary users"},
		{"newgidmap: write to gid_map failed: Operation not permitted", open, "newgidmap must be set-user-id root"},
	} {
		if got := m.hint([]byte(tt.output), tt.sysctls); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.output, got, tt.want)
		}
	}
}

// Files of a hostile root file system say what they like.
func TestWhyNoProgram(t *testing.T) {
	for _, tt := range []struct {
		errno unix.Errno
		head  string
		want  string
	}{
		{unix.ENOEXEC, "\x7fELF\x01\x01\x01" + strings.Repeat("\x00", 11) + "\x03\x00", "it is a program for 386, and this machine"},
		{unix.ENOEXEC, "\x7fELF\x02\x02\x01" + strings.Repeat("\x00", 11) + "\x00\x16", "it is a program for s390x, and this machine"},
		{unix.ENOENT, "\x7fELF\x02\x01\x01" + strings.Repeat("\xff", 100), "it is a program for machine 65535"},
		{unix.ENOEXEC, "\x7fELF", "it is no ELF file"},
		{unix.ENOENT, "#!", `the interpreter in its #! line is "": `},
		{unix.ENOENT, "#! \x1b[31m\n", `the interpreter in its #! line is "\x1b[31m": `},
	} {
		if got := whyNoProgram(tt.errno, []byte(tt.head)); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.head, got, tt.want)
		}
	}
}
