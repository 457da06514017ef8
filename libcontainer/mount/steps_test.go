package mount

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// text returns the string that an operand points to.
func text(p *program.Program, a program.Arg) string {
	return strings.TrimSuffix(string(p.Data[a.Value].Bytes), "\x00")
}

// checkSteps checks what makes a program safe whatever the rootfs holds:
// paths in it are resolved by openat2(2) inside it and nowhere else, and
// everything is mounted by descriptor.
func checkSteps(t *testing.T, p *program.Program, rootfs string) {
	t.Helper()
	host := []string{rootfs, "/", "/dev/null"}
	for n := program.Entry; n < len(p.Steps); n++ {
		s := &p.Steps[n]
		if s.Op != program.OpCall {
			continue
		}
		bad := ""
		switch s.Nr {
		case unix.SYS_OPENAT2:
			how := p.Data[s.Args[2].Value].Bytes
			if resolve := binary.NativeEndian.Uint64(how[16:]); resolve&inside != inside {
				bad = "resolves outside the root"
			}
			if s.Args[0].Kind != program.ArgSlot || strings.HasPrefix(text(p, s.Args[1]), "/") {
				bad = "is not relative to the root"
			}
		case unix.SYS_OPENAT:
			if !slices.Contains(host, text(p, s.Args[1])) {
				bad = "opens a path without resolving it in the root"
			}
		case unix.SYS_MKDIRAT, unix.SYS_MKNODAT:
			if name := text(p, s.Args[1]); strings.Contains(name, "/") || name == ".." || s.Args[0].Kind != program.ArgSlot {
				bad = "creates by path"
			}
		case unix.SYS_MOVE_MOUNT:
			if text(p, s.Args[1]) != "" || text(p, s.Args[3]) != "" {
				bad = "mounts by path"
			}
		case unix.SYS_OPEN_TREE, unix.SYS_MOUNT_SETATTR:
			if text(p, s.Args[1]) != "" && s.Args[0] != program.Cwd {
				bad = "follows a path in the root"
			}
		case unix.SYS_UMOUNT2:
			if text(p, s.Args[0]) != "." {
				bad = "unmounts by path"
			}
		case unix.SYS_MOUNT:
			bad = "mounts by path"
		}
		if bad != "" {
			t.Errorf("step %d %s: %s", n, bad, steps.Text(t, p, n))
		}
	}
}

// countCalls returns the number of system calls that are made when none of
// them fails and what is looked at is as usual.
func countCalls(p *program.Program) int {
	calls := 0
	for n := program.Entry; n < len(p.Steps); {
		s := &p.Steps[n]
		if s.Op == program.OpJumpIf || s.Op == program.OpJumpIfWord {
			n = s.To
			continue
		}
		calls++
		n++
	}
	return calls
}

// engineConfig returns one of the configurations that engines write.
func engineConfig(t *testing.T, path string) *specs.Spec {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &specs.Spec{}
	if err := json.Unmarshal(text, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// mountAll is all that a container start does in this package.
func mountAll(t *testing.T, s *specs.Spec) (RootConfig, func(r *Root)) {
	c := RootConfig{Path: "/bundle/rootfs", Readonly: s.Root.Readonly, OwnNamespace: true, Propagation: s.Linux.RootfsPropagation}
	return c, func(r *Root) {
		t.Helper()
		for i := range s.Mounts {
			if strings.HasPrefix(s.Mounts[i].Type, "cgroup") {
				continue
			}
			if err := r.Mount(i, &s.Mounts[i], "/bundle"); err != nil {
				t.Fatal(err)
			}
		}
		r.ReadonlyPaths(s.Linux.ReadonlyPaths)
		r.Mask(s.Linux.MaskedPaths)
	}
}

func TestEngineConfigs(t *testing.T) {
	paths, err := filepath.Glob("../../spec/testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no configurations: %v", err)
	}
	for _, path := range paths {
		s := engineConfig(t, path)
		c, steps := mountAll(t, s)
		p := compile(t, c, "/bundle", s.Mounts, steps)
		checkSteps(t, p, c.Path)
		t.Logf("%s: %d mounts, %d paths: %d steps, %d calls", filepath.Base(path), len(s.Mounts),
			len(s.Linux.MaskedPaths)+len(s.Linux.ReadonlyPaths), len(p.Steps), countCalls(p))
	}
}

// FuzzDestination: no destination gets around the root.
func FuzzDestination(f *testing.F) {
	for _, s := range []string{"/", "", "..", "/../../etc", "a//b/./c/..", "/proc/self/fd/3/x", ".hidden/...", "/a/b/c/d/e/f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, destination string) {
		if strings.Contains(destination, "\x00") {
			return
		}
		for _, o := range [][]string{nil, {"bind", "rprivate"}, {"remount"}} {
			p := compile(t, own, "/bundle", nil, func(r *Root) {
				if err := r.Mount(0, &specs.Mount{Destination: destination, Type: "sysfs", Source: "x", Options: o}, "/bundle"); err != nil {
					t.Fatal(err)
				}
				r.Mask([]string{destination})
				r.ReadonlyPaths([]string{destination})
			})
			checkSteps(t, p, own.Path)
		}
	})
}

func TestNewEntryFaults(t *testing.T) {
	_, err := NewEntry(7, &specs.Mount{Options: []string{"bind", "size"}})
	if want := "mounts[7].options[1]: "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestOrder: a mount is complete before it is attached, and each step says
// where it comes from.
func TestOrder(t *testing.T) {
	p := compile(t, own, "/bundle", nil, func(r *Root) {
		m := specs.Mount{Destination: "/dev", Type: "tmpfs", Source: "dev", Options: []string{"ro", "size=4k", "rslave", "noswap", "mode=755"}}
		if err := r.Mount(2, &m, "/bundle"); err != nil {
			t.Fatal(err)
		}
	})
	var got []string
	for n := range p.Steps {
		if o := p.Origin(n); strings.HasPrefix(o.Path, "mounts") && p.Steps[n].Op == program.OpCall {
			name, _, _ := strings.Cut(steps.Text(t, p, n), "(")
			got = append(got, strings.TrimPrefix(o.Path, "mounts[2]")+" "+name[strings.LastIndex(name, " ")+1:])
		}
	}
	want := []string{
		" openat2", " mkdirat", " openat2",
		" fsopen", " fsconfig", ".options[1] fsconfig", ".options[3] fsconfig", ".options[4] fsconfig",
		" fsconfig", " fsmount", " close", " mount_setattr", " move_mount", " close",
		// When everything is mounted.
		".options[0] fspick", ".options[0] fsconfig", ".options[0] fsconfig", ".options[0] close", " mount_setattr", " close",
	}
	if !slices.Equal(got, want) {
		t.Errorf("steps:\ngot  %q\nwant %q", got, want)
	}
}
