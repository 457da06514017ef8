package cgroup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const destination = "/sys/fs/cgroup"

// inContainer mounts m in a root file system of its own and runs a shell
// script there.
func inContainer(t *testing.T, c *Config, m specs.Mount, ownNamespace bool, script string) string {
	t.Helper()
	rootfs := t.TempDir()
	busybox, err := os.ReadFile(need.Busybox(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(rootfs, "busybox"), busybox, 0o755); err != nil {
		t.Fatal(err)
	}
	create(t, c)
	r := steps.Options{Cloneflags: unix.CLONE_NEWNS}.Run(t, func(b *program.Builder) {
		c.JoinAllSteps(b)
		if ownNamespace {
			b.Unshare(unix.CLONE_NEWCGROUP)
		}
		root := mount.NewRoot(b, mount.RootConfig{Path: rootfs, OwnNamespace: true})
		root.Begin()
		if err := root.Mount(0, &specs.Mount{Destination: "/proc", Type: "proc", Source: "proc"}, "/"); err != nil {
			t.Fatal(err)
		}
		if err := Mount(b, root, 1, &m, c, ownNamespace); err != nil {
			t.Fatal(err)
		}
		root.Pivot()
		b.Execve("/busybox", b.Strings([]string{"sh", "-c", "alias cat='/busybox cat'; " + script}), b.Strings([]string{"PATH=/"}))
	})
	if r.Failure != "" || r.Status != 0 {
		t.Fatalf("status %#x, failure %q, output %q", r.Status, r.Failure, r.Output)
	}
	return r.Output
}

// cgroupMounts returns the lines of a mountinfo at or below the destination,
// as "root mount-point options fstype source".
func cgroupMounts(t *testing.T, mountinfo string) map[string][]string {
	t.Helper()
	mounts := map[string][]string{}
	for line := range strings.Lines(mountinfo) {
		left, right, _ := strings.Cut(strings.TrimSpace(line), " - ")
		f := append(strings.Fields(left)[3:6], strings.Fields(right)...)
		if f[1] == destination || strings.HasPrefix(f[1], destination+"/") {
			mounts[f[1]] = f
		}
	}
	return mounts
}

func TestMountV1(t *testing.T) {
	for _, ownNamespace := range []bool{true, false} {
		for _, flag := range []string{"ro", "rw"} {
			t.Run(flag+map[bool]string{true: " own namespace"}[ownNamespace], func(t *testing.T) {
				c := newConfig(t)
				if c.Version == 2 {
					t.Skip("needs cgroup v1")
				}
				m := specs.Mount{Destination: destination, Type: "cgroup", Source: "cgroup", Options: []string{flag, "relatime"}}
				out := inContainer(t, c, m, ownNamespace, "cat /proc/self/mountinfo")
				mounts := cgroupMounts(t, out)
				want := flag + ",nosuid,nodev,noexec,relatime"
				if top := mounts[destination]; top == nil || top[2] != want || top[3] != "tmpfs" {
					t.Errorf("at the destination: %v", top)
				}
				for _, h := range c.Hierarchies {
					if !h.unified() {
						checkMountV1(t, &h, mounts[destination+"/"+h.dirName()], ownNamespace, want)
					}
				}
			})
		}
	}
}

func checkMountV1(t *testing.T, h *Hierarchy, got []string, ownNamespace bool, options string) {
	t.Helper()
	root := h.Path
	if ownNamespace {
		root = "/"
	}
	if got == nil {
		t.Error("not mounted:", h.name())
		return
	}
	if got[0] != root || got[2] != options || got[3] != "cgroup" || !slices.Contains(strings.Split(got[5], ","), h.Controllers[0]) {
		t.Errorf("%s: %v", h.name(), got)
	}
}

// The container sees its own cgroup and nothing above it.
func TestMountShowsOwnCgroup(t *testing.T) {
	for _, ownNamespace := range []bool{true, false} {
		for _, kind := range []string{"cgroup", "cgroup2"} {
			t.Run(kind+map[bool]string{true: " own namespace"}[ownNamespace], func(t *testing.T) {
				each(t, func(t *testing.T, c *Config) {
					if kind == "cgroup2" && c.unified() == nil {
						t.Skip("no cgroup v2 here")
					}
					dir := destination
					if kind == "cgroup" && c.Version == 1 {
						dir += "/" + c.controller("freezer").dirName()
					}
					m := specs.Mount{Destination: destination, Type: kind, Source: "cgroup", Options: []string{"ro", "nosuid"}}
					script := "cat " + dir + "/cgroup.procs; echo end; echo $$; cat /proc/self/mountinfo; /busybox mkdir " + dir + "/x 2>&1; exit 0"
					procs, rest, _ := strings.Cut(inContainer(t, c, m, ownNamespace, script), "end\n")
					pid, _, _ := strings.Cut(rest, "\n")
					if !slices.Contains(strings.Fields(procs), pid) || len(strings.Fields(procs)) > 2 {
						t.Errorf("sees the processes %q, and is %s", procs, pid)
					}
					if !strings.Contains(rest, "Read-only file system") {
						t.Error("could make a cgroup")
					}
				})
			})
		}
	}
}

func TestMountJoinedControllers(t *testing.T) {
	c := &Config{Version: 1, Hierarchies: []Hierarchy{
		{Controllers: []string{"cpu", "cpuacct"}, Mount: "/sys/fs/cgroup/cpu,cpuacct", Path: "/x"},
		{Controllers: []string{"name=systemd"}, Mount: "/sys/fs/cgroup/systemd", Path: "/x"},
	}}
	text := planMount(t, c, specs.Mount{Destination: destination, Type: "cgroup", Options: []string{"rw"}})
	for _, want := range []string{
		`, "cpu,cpuacct", 0755)`,
		`symlinkat("cpu,cpuacct", `,
		`, "cpuacct")`,
		`FSCONFIG_SET_FLAG, "cpu", `,
		`FSCONFIG_SET_FLAG, "cpuacct", `,
		`FSCONFIG_SET_STRING, "name", "systemd"`,
		`, "systemd", 0755)`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// planMount returns the text of the steps of a mount.
func planMount(t *testing.T, c *Config, m specs.Mount) string {
	t.Helper()
	b := program.NewBuilder("report")
	root := mount.NewRoot(b, mount.RootConfig{Path: "/rootfs", OwnNamespace: true})
	if err := Mount(b, root, 1, &m, c, true); err != nil {
		t.Fatal(err)
	}
	root.Pivot()
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := p.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestMountFaults(t *testing.T) {
	v1 := &Config{Version: 1, Hierarchies: []Hierarchy{{Controllers: []string{"cpu"}, Mount: root + "/cpu", Path: "/x"}}}
	tests := map[string]specs.Mount{
		`mounts[1].type: cgroup2 is not mounted on this host`:                {Type: "cgroup2"},
		`mounts[1].options[1]: "xattr" is not an option of cgroup v1 mounts`: {Type: "cgroup", Options: []string{"ro", "xattr"}},
	}
	for want, m := range tests {
		m.Destination = destination
		b := program.NewBuilder("report")
		wantError(t, Mount(b, mount.NewRoot(b, mount.RootConfig{Path: "/rootfs"}), 1, &m, v1, true), want)
	}
}
