package hostinfo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// host makes a host of some files.
func host(t *testing.T, contents map[string]string) files {
	t.Helper()
	dir := t.TempDir()
	for path, text := range contents {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return files(dir)
}

const (
	line2      = "30 20 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	lineHybrid = "31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	lineMemory = "32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	lineCPU    = "33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	lineNamed  = "34 30 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
	known      = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\ncpuacct\t1\t1\t1\nmemory\t2\t1\t1\npids\t0\t1\t1\n"
)

func TestCgroups(t *testing.T) {
	for _, tt := range []struct {
		name, mounts, layout string
		version              int
		want                 []string
	}{
		{"v2", line2, "v2", 2, []string{"cpu 2 /sys/fs/cgroup", "memory 2 /sys/fs/cgroup"}},
		{"hybrid", lineNamed + lineHybrid + lineMemory + lineCPU, "hybrid", 1,
			[]string{"cpu 1 /sys/fs/cgroup/cpu,cpuacct", "cpuacct 1 /sys/fs/cgroup/cpu,cpuacct", "memory 1 /sys/fs/cgroup/memory"}},
		{"v1", lineMemory, "v1", 1, []string{"memory 1 /sys/fs/cgroup/memory"}},
		{"none", "", "none", 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := host(t, map[string]string{
				"proc/self/mountinfo": tt.mounts, "proc/cgroups": known, "proc/self/cgroup": "0::/a/b\n1:cpu,cpuacct:/c\n",
				"sys/fs/cgroup/cgroup.controllers": "memory cpu", "sys/fs/cgroup/a/b/cgroup.controllers": "memory",
			}).cgroups()
			var got []string
			for _, n := range c.Controllers {
				got = append(got, n.Name+" "+string(rune('0'+n.Version))+" "+n.Mount)
			}
			if c.Layout != tt.layout || c.Version() != tt.version || !slices.Equal(got, tt.want) {
				t.Errorf("%s, version %d: %q", c.Layout, c.Version(), got)
			}
		})
	}
}

func TestSecurity(t *testing.T) {
	for _, tt := range []struct {
		files map[string]string
		want  string
	}{
		{nil, ""},
		{map[string]string{"sys/kernel/security/lsm": "capability,landlock,apparmor", "sys/module/apparmor/parameters/enabled": "Y\n",
			"proc/self/attr/apparmor/current": "unconfined", "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n"},
			"capability,landlock,apparmor apparmor restricted"},
		{map[string]string{"sys/fs/selinux/enforce": "0"}, "selinux permissive"},
		{map[string]string{"sys/fs/selinux/enforce": "1", "sys/kernel/security/lsm": "capability,selinux"}, "capability,selinux enforcing"},
	} {
		s := host(t, tt.files).security()
		words := []string{strings.Join(s.Modules, ",")}
		if s.AppArmor {
			words = append(words, "apparmor")
		}
		if s.RestrictedUserns {
			words = append(words, "restricted")
		}
		if got := strings.TrimSpace(strings.Join(append(words, s.SELinux), " ")); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.files, got, tt.want)
		}
	}
}

// What this host says is what its kernel is known to have.
func TestGather(t *testing.T) {
	h := Gather()
	for _, name := range []string{"mnt", "pid", "net", "uts", "ipc", "user", "cgroup"} {
		if !h.HasNamespace(name) {
			t.Errorf("no namespaces %s, in %q", name, h.Namespaces)
		}
	}
	if h.Kernel.Release == "" || h.HasNamespace("pid_for_children") || !slices.Contains(h.Filesystems, "tmpfs") {
		t.Errorf("%+v", h)
	}
	if os.Geteuid() == 0 {
		for _, c := range h.Cgroups.Controllers {
			if !c.Usable {
				t.Errorf("root cannot use %+v", c)
			}
		}
	}
}

// TestOverlay: a module that nobody has loaded yet is no reason to say that there is no
// overlay, unless none can be loaded.
func TestOverlay(t *testing.T) {
	const aliases = "alias fs-overlay overlay\nalias fs-xfs xfs\nalias pci:v1 e1000\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		have  []string
		want  bool
	}{
		{"loaded", nil, []string{"overlay"}, true},
		{"to be loaded", map[string]string{"proc/modules": "", "lib/modules/6.1/modules.alias": aliases}, nil, true},
		{"of another kernel", map[string]string{"proc/modules": "", "lib/modules/6.2/modules.alias": aliases}, nil, false},
		{"no more modules", map[string]string{"proc/modules": "", "proc/sys/kernel/modules_disabled": "1\n", "lib/modules/6.1/modules.alias": aliases}, nil, false},
		{"no modules", map[string]string{"lib/modules/6.1/modules.alias": aliases}, nil, false},
	} {
		h := &Host{Kernel: Kernel{Release: "6.1"}, Filesystems: tt.have}
		if got := host(t, tt.files).overlay(h); got != (Overlay{tt.want, tt.want}) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
