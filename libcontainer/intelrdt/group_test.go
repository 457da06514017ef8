package intelrdt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// fake is a directory that stands for a mount of resctrl: what the kernel
// does when directories are made and removed there, its methods do.
type fake struct {
	t    *testing.T
	root string
}

const defaultSchemata = "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n"

func newFake(t *testing.T) *fake {
	f := &fake{t, t.TempDir()}
	f.fill(f.root)
	f.write("info/last_cmd_status", "ok\n")
	f.write("info/MB/bandwidth_gran", "10\n")
	return f
}

// fill makes the files of a group.
func (f *fake) fill(dir string) {
	for _, sub := range []string{"mon_groups", "mon_data"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			f.t.Fatal(err)
		}
	}
	rel, _ := filepath.Rel(f.root, dir)
	f.write(rel+"/tasks", "")
	f.write(rel+"/schemata", defaultSchemata)
}

func (f *fake) write(name, content string) {
	f.t.Helper()
	path := filepath.Join(f.root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fake) mkdir(path string) error {
	if err := unix.Mkdir(path, 0o755); err != nil {
		return err
	}
	f.fill(path)
	return nil
}

func (f *fake) rmdir(path string) error {
	if _, err := os.Lstat(path); err != nil {
		return unix.ENOENT
	}
	return os.RemoveAll(path)
}

func (f *fake) exists(name string) bool {
	_, err := os.Lstat(filepath.Join(f.root, name))
	return err == nil
}

func (f *fake) read(name string) string {
	f.t.Helper()
	content, err := os.ReadFile(filepath.Join(f.root, name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(content)
}

// make locates and creates the group of container "c1".
func (f *fake) make(cfg *specs.LinuxIntelRdt) (*Group, error) {
	g, err := Locate(f.root, cfg, "c1")
	if err != nil {
		return g, err
	}
	return g, g.create(cfg, f.mkdir, f.rmdir)
}

func (f *fake) mustMake(cfg *specs.LinuxIntelRdt) *Group {
	f.t.Helper()
	g, err := f.make(cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	return g
}

// A class of the container's own, with everything in it, comes and goes.
func TestOwnClass(t *testing.T) {
	f := newFake(t)
	cfg := &specs.LinuxIntelRdt{
		L3CacheSchema: "L3:0=f;1=f", MemBwSchema: "MB:0=20;1=20", Schemata: []string{"L2:0=1", "L3:0=ff"},
		EnableMonitoring: true,
	}
	g := f.mustMake(cfg)
	want := "L3:0=f;1=f\nMB:0=20;1=20\nL2:0=1\nL3:0=ff\n"
	if got := f.read("c1/schemata"); !strings.HasPrefix(got, want) {
		t.Errorf("written %q, want %q", got, want)
	}
	if err := g.Join(4321); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"c1/tasks", "c1/mon_groups/c1/tasks"} {
		if got := f.read(file); got != "4321" {
			t.Errorf("%s: %q", file, got)
		}
	}
	if got := f.read("tasks") + f.read("schemata"); got != defaultSchemata {
		t.Errorf("the default class was touched: %q", got)
	}
	for range 2 {
		if err := g.destroy(f.rmdir); err != nil {
			t.Fatal(err)
		}
	}
	if f.exists("c1") {
		t.Error("the class is left")
	}
}

// Without schemas nothing is written to them.
func TestOwnClassWithoutSchemas(t *testing.T) {
	f := newFake(t)
	g := f.mustMake(&specs.LinuxIntelRdt{})
	if got := f.read("c1/schemata"); got != defaultSchemata {
		t.Errorf("written: %q", got)
	}
	if g.Monitor != "" || f.exists("c1/mon_groups/c1") {
		t.Error("monitored unasked")
	}
}

// A class with a name is shared: it stays when the container goes, but for
// the container's monitoring group.
func TestNamedClass(t *testing.T) {
	f := newFake(t)
	cfg := &specs.LinuxIntelRdt{ClosID: "gold", L3CacheSchema: "L3:0=0FF;1=7ff", MemBwSchema: "MB:0=15", EnableMonitoring: true}
	first := f.mustMake(cfg)
	// The kernel writes its numbers in its own way.
	f.write("gold/schemata", "    L3:0=ff;1=7ff\n    MB:0= 20;1=100\n")
	second, err := Locate(f.root, cfg, "c2")
	if err != nil {
		t.Fatal(err)
	}
	if err := second.create(cfg, f.mkdir, f.rmdir); err != nil {
		t.Fatal(err)
	}
	for _, g := range []*Group{first, second} {
		if err := g.destroy(f.rmdir); err != nil {
			t.Error(err)
		}
	}
	if !f.exists("gold") || f.exists("gold/mon_groups/c1") || f.exists("gold/mon_groups/c2") {
		t.Error("the class is gone or a monitoring group is left")
	}
}

// The default class.
func TestDefaultClass(t *testing.T) {
	f := newFake(t)
	g := f.mustMake(&specs.LinuxIntelRdt{ClosID: "/", EnableMonitoring: true, L3CacheSchema: "L3:1=7ff"})
	if want := (Group{Root: f.root, Class: f.root, Monitor: f.root + "/mon_groups/c1"}); *g != want {
		t.Errorf("got %+v, want %+v", *g, want)
	}
	if err := errors.Join(g.Join(7), g.destroy(f.rmdir)); err != nil {
		t.Fatal(err)
	}
	if f.read("tasks") != "7" || f.exists("mon_groups/c1") {
		t.Error("not joined, or still monitored")
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name string
		cfg  specs.LinuxIntelRdt
		want string
	}{
		{"missing class", specs.LinuxIntelRdt{ClosID: "none"},
			`linux.intelRdt.closID: ROOT has no class of service "none", and there is no schema to make one with`},
		{"own class exists", specs.LinuxIntelRdt{},
			"linux.intelRdt: ROOT/c1 exists already (to share a class of service, name it in closID)"},
		{"cache differs", specs.LinuxIntelRdt{ClosID: "gold", L3CacheSchema: "L3:0=1"},
			`linux.intelRdt.l3CacheSchema: is "L3:0=1", but the class of service ROOT/gold exists with "L3:0=7ff;1=7ff" (want the same, or another closID)`},
		{"bandwidth differs", specs.LinuxIntelRdt{ClosID: "gold", L3CacheSchema: "L3:0=7ff", MemBwSchema: "MB:1=81"},
			`linux.intelRdt.memBwSchema: is "MB:1=81", but the class of service ROOT/gold exists with "MB:0=100;1=100" (want the same, or another closID)`},
		{"no such domain", specs.LinuxIntelRdt{ClosID: "gold", Schemata: []string{"L3:0=7ff", "MB:2=100"}},
			`linux.intelRdt.schemata[1]: is "MB:2=100", but the class of service ROOT/gold exists with "MB:0=100;1=100" (want the same, or another closID)`},
		{"the default class differs", specs.LinuxIntelRdt{ClosID: "/", Schemata: []string{"L3:0=1"}},
			`linux.intelRdt.schemata[0]: is "L3:0=1", but the class of service ROOT exists with "L3:0=7ff;1=7ff" (want the same, or another closID)`},
		{"replaced by a later one", specs.LinuxIntelRdt{ClosID: "gold", L3CacheSchema: "L3:0=1", Schemata: []string{"L3:0=7ff"}}, ""},
	}
	for _, test := range tests {
		f := newFake(t)
		if err := errors.Join(f.mkdir(f.root+"/gold"), f.mkdir(f.root+"/c1")); err != nil {
			t.Fatal(err)
		}
		_, err := f.make(&test.cfg)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), f.root, "ROOT")
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", test.name, d)
		}
	}
}

// What the kernel refuses leaves nothing behind.
func TestCreateFails(t *testing.T) {
	tests := []struct {
		name  string
		errno unix.Errno
		at    string
		want  string
	}{
		{"no class left", unix.ENOSPC, "c1", "linux.intelRdt: mkdir ROOT/c1: the hardware has no class of service left: no space left on device"},
		{"no monitor left", unix.ENOSPC, "c1/mon_groups/c1", "linux.intelRdt.enableMonitoring: mkdir ROOT/c1/mon_groups/c1: the hardware has no monitoring group left: no space left on device"},
		{"no monitoring", unix.ENOENT, "c1/mon_groups/c1", "linux.intelRdt.enableMonitoring: mkdir ROOT/c1/mon_groups/c1: this machine cannot monitor: no such file or directory"},
		{"pseudo-locking", unix.EINVAL, "c1", "linux.intelRdt: mkdir ROOT/c1: invalid argument (kernel: RDT is busy)"},
	}
	for _, test := range tests {
		f := newFake(t)
		if test.errno == unix.EINVAL {
			f.write("info/last_cmd_status", "RDT is busy\n")
		}
		cfg := &specs.LinuxIntelRdt{EnableMonitoring: true, L3CacheSchema: "L3:0=1"}
		g, err := Locate(f.root, cfg, "c1")
		if err != nil {
			t.Fatal(err)
		}
		err = g.create(cfg, func(path string) error {
			if path == filepath.Join(f.root, test.at) {
				return test.errno
			}
			return f.mkdir(path)
		}, f.rmdir)
		if err == nil || strings.ReplaceAll(err.Error(), f.root, "ROOT") != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
		if f.exists("c1") {
			t.Errorf("%s: the class is left", test.name)
		}
	}
}

// A class that another runtime makes in between is not ours to remove.
func TestCreateRace(t *testing.T) {
	for _, own := range []bool{true, false} {
		f := newFake(t)
		cfg := &specs.LinuxIntelRdt{L3CacheSchema: "L3:0=1"}
		if !own {
			cfg.ClosID = "c1"
		}
		g, err := Locate(f.root, cfg, "c1")
		if err != nil {
			t.Fatal(err)
		}
		err = g.create(cfg, func(path string) error {
			if err := f.mkdir(path); err != nil {
				return err
			}
			return unix.EEXIST
		}, f.rmdir)
		if err == nil {
			t.Errorf("own %v: took what is another's", own)
		}
		if err := g.destroy(f.rmdir); err != nil || !f.exists("c1") {
			t.Errorf("own %v: removed what is another's: %v", own, err)
		}
	}
}

// The same for the monitoring group.
func TestMonitorRace(t *testing.T) {
	f := newFake(t)
	if err := errors.Join(f.mkdir(f.root+"/gold"), f.mkdir(f.root+"/gold/mon_groups/c1")); err != nil {
		t.Fatal(err)
	}
	g, err := f.make(&specs.LinuxIntelRdt{ClosID: "gold", EnableMonitoring: true})
	if !strings.HasSuffix(err.Error(), "mon_groups/c1: file exists") {
		t.Error(err)
	}
	if err := g.destroy(f.rmdir); err != nil || !f.exists("gold/mon_groups/c1") {
		t.Error("removed what is another's:", err)
	}
}

func TestMountPoint(t *testing.T) {
	const other = "22 1 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
	tests := []struct{ mountinfo, want string }{
		{other, ""},
		{other + "30 22 0:50 / /sys/fs/resctrl rw,relatime shared:9 - resctrl resctrl rw,mba_MBps\n", "/sys/fs/resctrl"},
		{"30 22 0:50 / /a\\040b rw - resctrl none rw\n", "/a b"},
		{"30 22 0:50 /gold /mnt rw - resctrl none rw\n", ""},
		{"30 22 0:50 / /mnt rw - tmpfs resctrl rw\n", ""},
		{"- resctrl \nx", ""},
	}
	for _, test := range tests {
		if got := mountPoint(test.mountinfo); got != test.want {
			t.Errorf("%q: got %q, want %q", test.mountinfo, got, test.want)
		}
	}
}
