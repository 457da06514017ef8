package plan

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// dockers returns a configuration as Docker writes it.
func dockers(t *testing.T) *specs.Spec {
	t.Helper()
	data, err := os.ReadFile("../../spec/testdata/docker.json")
	if err != nil {
		t.Fatal(err)
	}
	s := new(specs.Spec)
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// planIn plans for a host whose facts do not depend on the machine.
func planIn(t *testing.T, bundle string, s *specs.Spec) *Plan {
	t.Helper()
	return planFor(t, source(bundle, s))
}

func source(bundle string, s *specs.Spec) Source {
	return Source{
		Kind: Start, ID: "test", Spec: s, StateDir: "/run/rt/test",
		Options: compile.Options{Bundle: bundle, WaitForStart: true},
		Host: compile.Host{
			Facts:  compile.Facts{Arch: "amd64", LastCap: 40, Available: 1<<41 - 1},
			Cgroup: &cgroup.Config{Version: 2, Hierarchies: []cgroup.Hierarchy{{Mount: "/sys/fs/cgroup", Path: "/test"}}},
		},
	}
}

func planFor(t *testing.T, src Source) *Plan {
	t.Helper()
	s := src.Spec
	var err error
	if src.Compiled, err = compile.Start(s, src.Host, src.Options); err != nil {
		t.Fatal(err)
	}
	if src.Cgroups, err = src.Host.Cgroup.Preview(spec.Resources(s)); err != nil {
		t.Fatal(err)
	}
	p, err := New(src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRisks: what a container can do to its host is said, and what it cannot do is
// not.
func TestRisks(t *testing.T) {
	bind := func(source string, options ...string) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Mounts = append(s.Mounts, specs.Mount{Destination: "/x", Type: "bind", Source: source, Options: append(options, "bind")})
		}
	}
	mount := func(kind, source string, options ...string) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Mounts = append(s.Mounts, specs.Mount{Destination: "/x", Type: kind, Source: source, Options: options})
		}
	}
	namespace := func(kind specs.LinuxNamespaceType, path string) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == kind })
			if path != "" {
				s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: kind, Path: path})
			}
		}
	}
	device := func(kind string, major, minor int64, access string) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Linux.Resources.Devices = append(s.Linux.Resources.Devices, specs.LinuxDeviceCgroup{Allow: true, Type: kind, Major: &major, Minor: &minor, Access: access})
		}
	}
	user := func(host uint32) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
			s.Linux.UIDMappings = []specs.LinuxIDMapping{{HostID: host, Size: 1000}}
			s.Linux.GIDMappings = s.Linux.UIDMappings
		}
	}
	for name, c := range map[string]struct {
		change func(*specs.Spec)
		key    string
		want   string // a part of the risk, or "" for none
	}{
		"socket":                  {bind("/var/run/docker.sock"), "/x", "the socket of Docker"},
		"socket, read-only":       {bind("/run/containerd/containerd.sock", "ro"), "/x", "the socket of containerd"},
		"root":                    {bind("/"), "/x", "changes every file"},
		"root, read-only":         {bind("/", "ro"), "/x", "reads every file"},
		"root by another name":    {bind("/etc/.."), "/x", "changes every file"},
		"etc":                     {bind("/etc"), "/x", "changes the host's /etc"},
		"home, read-only":         {bind("/home", "ro"), "/x", ""},
		"usr, read-only":          {bind("/usr", "ro"), "/x", ""},
		"a volume":                {bind("/srv/data"), "/x", ""},
		"a file of the engine's":  {bind("/var/lib/docker/containers/1/hosts"), "/x", ""},
		"all of the engine's":     {bind("/var/lib/docker"), "/x", "changes the host's /var/lib/docker"},
		"sys":                     {bind("/sys"), "/x", "changes the host's /sys"},
		"sys, read-only":          {bind("/sys", "ro"), "/x", ""},
		"below sys":               {bind("/sys/kernel"), "/x", "changes the host's /sys/kernel"},
		"shared":                  {bind("/srv/data", "rshared"), "/x", "shows up on the host"},
		"slave":                   {bind("/srv/data", "rslave"), "/x", ""},
		"disk":                    {mount("ext4", "/dev/sda1"), "/x", "a disk"},
		"tmpfs":                   {mount("tmpfs", "tmpfs"), "/x", ""},
		"debugfs":                 {mount("debugfs", "debugfs"), "/x", "the host's kernel"},
		"another proc":            {mount("proc", "proc"), "/x", "the host's kernel"},
		"another proc, read-only": {mount("proc", "proc", "ro"), "/x", ""},
		"sysfs":                   {mount("sysfs", "sysfs"), "/x", "devices"},
		"cgroups, in a namespace": {mount("cgroup", "cgroup"), "/x", ""},
		"cgroups of the host": {func(s *specs.Spec) {
			namespace(specs.CgroupNamespace, "")(s)
			s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, "CAP_SYS_ADMIN")
			mount("cgroup", "cgroup")(s)
		}, "/x", "the host's cgroups"},
		"proc/sys":         {func(s *specs.Spec) { s.Linux.ReadonlyPaths = []string{"/proc/bus"} }, "not read-only", "the host's kernel"},
		"nothing masked":   {func(s *specs.Spec) { s.Linux.MaskedPaths = nil }, "not masked", "tell of the host"},
		"pid":              {namespace(specs.PIDNamespace, ""), "pid", "signals"},
		"ipc":              {namespace(specs.IPCNamespace, ""), "ipc", "shared memory"},
		"network":          {namespace(specs.NetworkNamespace, ""), "network", "the host's network"},
		"joined":           {namespace(specs.NetworkNamespace, "/run/netns/a"), "network", ""},
		"joined, of init":  {namespace(specs.PIDNamespace, "/proc/1/ns/pid"), "pid", "signals"},
		"time":             {namespace(specs.TimeNamespace, ""), "time", ""},
		"disk device":      {device("b", 8, 0, "r"), "b 8:0", "a disk"},
		"disk, only nodes": {device("b", 8, 0, "m"), "b 8:0", ""},
		"memory device":    {device("c", 1, 1, "rw"), "c 1:1", "memory"},
		"fuse":             {device("c", 10, 229, "rwm"), "c 10:229", ""},
		"all devices": {func(s *specs.Spec) {
			s.Linux.Resources.Devices = []specs.LinuxDeviceCgroup{{Allow: true, Access: "rwm"}}
		}, "access", "every device"},
		"capability": {func(s *specs.Spec) {
			s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, "CAP_SYS_ADMIN")
		}, "CAP_SYS_ADMIN", "mount, and nearly everything"},
		"capability in a user namespace": {func(s *specs.Spec) {
			s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, "CAP_SYS_ADMIN")
			user(100000)(s)
		}, "CAP_SYS_ADMIN", ""},
		"root is root":     {user(0), "user ids", "root of the host"},
		"root is somebody": {user(100000), "user ids", ""},
		"root file system": {func(s *specs.Spec) { s.Root.Path = "/" }, "path", "whole file system"},
		"shared root":      {func(s *specs.Spec) { s.Linux.RootfsPropagation = "rshared" }, "propagation", "shows up"},
		"network of its own": {func(s *specs.Spec) {
			s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, "CAP_NET_ADMIN")
		}, "CAP_NET_ADMIN", ""},
		"network of the host": {func(s *specs.Spec) {
			s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, "CAP_NET_ADMIN")
			namespace(specs.NetworkNamespace, "")(s)
			s.Linux.Sysctl = nil
		}, "CAP_NET_ADMIN", "interfaces"},
		"disk node": {func(s *specs.Spec) {
			s.Linux.Devices = []specs.LinuxDevice{{Path: "/dev/sda", Type: "b", Major: 8}}
		}, "/dev/sda", "a disk"},
		"unconfined": {func(s *specs.Spec) { s.Process.ApparmorProfile = "unconfined" }, "AppArmor", "does not confine"},
	} {
		s := dockers(t)
		c.change(s)
		p := planIn(t, "/bundle", s)
		i := slices.IndexFunc(p.Summary, func(f Fact) bool { return f.Key == c.key && (c.want == "" || f.Risk != "") })
		if i < 0 {
			t.Errorf("%s: no fact about %s, or no risk", name, c.key)
			continue
		}
		if got := p.Summary[i].Risk; (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: the risk of %s is %q, want %q", name, c.key, got, c.want)
		}
	}
}

// What has no effect is no difference: where the bundle is, the order of options
// and of lists, names with the same meaning.
func TestCompareSame(t *testing.T) {
	for name, change := range map[string]func(*specs.Spec){
		"nothing":     func(*specs.Spec) {},
		"options":     func(s *specs.Spec) { slices.Reverse(s.Mounts[5].Options) },
		"capability":  func(s *specs.Spec) { slices.Reverse(s.Process.Capabilities.Bounding) },
		"masked":      func(s *specs.Spec) { slices.Reverse(s.Linux.MaskedPaths) },
		"namespaces":  func(s *specs.Spec) { slices.Reverse(s.Linux.Namespaces) },
		"annotations": func(s *specs.Spec) { s.Annotations = map[string]string{"org.example": "x"} },
		"version":     func(s *specs.Spec) { s.Version = "1.0.0" },
		"root":        func(s *specs.Spec) { s.Root.Path = "./rootfs/." },
		"variable":    func(s *specs.Spec) { s.Process.Env = append([]string{s.Process.Env[0] + "x"}, s.Process.Env...) },
		"default":     func(s *specs.Spec) { s.Process.User.Umask = new(uint32(0o022)) },
	} {
		a, b := dockers(t), dockers(t)
		change(b)
		if d := Compare(planIn(t, "/a/bundle", a), planIn(t, "/other", b), true); !d.Same() {
			t.Errorf("%s: differs in %+v, steps %+v", name, d.Facts, d.Steps)
		}
	}
}

// A difference that no fact knows is found in the steps, and one that a fact
// explains is only there on request.
func TestCompareSteps(t *testing.T) {
	a, b := dockers(t), dockers(t)
	b.Mounts[7].Options = append(b.Mounts[7].Options, "suid")
	d := Compare(planIn(t, "/a", a), planIn(t, "/a", b), false)
	if len(d.Facts) != 0 || len(d.Steps) != 1 || d.Steps[0].Subject != "/etc/resolv.conf" {
		t.Errorf("the flags that are cleared: facts %+v, steps %+v", d.Facts, d.Steps)
	}
	b = dockers(t)
	b.Hostname = "other"
	for _, everything := range []bool{false, true} {
		d := Compare(planIn(t, "/a", a), planIn(t, "/a", b), everything)
		if len(d.Facts) != 1 || d.Facts[0].Key != "host name" || d.Facts[0].Old == nil || d.Facts[0].New.Value != "other" {
			t.Errorf("facts are %+v, want the host name", d.Facts)
		}
		if got := len(d.Steps) > 0; got != everything {
			t.Errorf("everything %v: steps are %+v", everything, d.Steps)
		}
	}
}

// A mount in front of others moves their indices, and nothing else.
func TestCompareMoved(t *testing.T) {
	a, b := dockers(t), dockers(t)
	b.Mounts = slices.Insert(b.Mounts, 0, specs.Mount{Destination: "/new", Type: "tmpfs", Source: "tmpfs"})
	d := Compare(planIn(t, "/a", a), planIn(t, "/a", b), false)
	if len(d.Facts) != 1 || d.Facts[0].Key != "/new" || d.Facts[0].Old != nil || len(d.Steps) != 0 {
		t.Errorf("facts %+v, steps %+v, want the new mount", d.Facts, d.Steps)
	}
}

// TestCreatorInPlace: the creator's work stands where the init waits for it.
func TestCreatorInPlace(t *testing.T) {
	s := dockers(t)
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	s.Linux.UIDMappings = []specs.LinuxIDMapping{{HostID: 100000, Size: 65536}}
	s.Linux.GIDMappings = s.Linux.UIDMappings
	s.Linux.NetDevices = map[string]specs.LinuxNetDevice{"eth1": {Name: "eth0"}}
	s.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{{Path: "/hook"}}, Poststop: []specs.Hook{{Path: "/after"}}}
	s.Process.Terminal = true
	p := planIn(t, "/bundle", s)
	order := []string{
		"create: make the unified cgroup", "create: clone", "outside: write the init's uid_map", "outside: write the init's gid_map",
		"outside: go on with the init's child", "outside: move the device", "rootfs: run the hook: /hook", "rootfs: take the terminal",
		"ready: acknowledge", "ready: start: connect", "later: run the hook: /after",
	}
	last := 0
	for _, phase := range p.Phases {
		for _, a := range phase.Actions {
			if a.First != 0 && a.First < last {
				t.Errorf("%s: step %d is behind step %d", phase.Name, a.First, last)
			}
			last = max(last, a.First)
			if a.By == Creator && len(order) > 0 && strings.HasPrefix(phase.Name+": "+strings.Join(a.Does, "; "), order[0]) {
				order = order[1:]
			}
		}
	}
	if len(order) > 0 {
		t.Errorf("not in this order: %q", order)
	}
}

// Every step behind the failure handler is in one action, and in only one.
func TestActionsCoverProgram(t *testing.T) {
	p := planIn(t, "/bundle", dockers(t))
	next := 2
	for _, phase := range p.Phases {
		for _, a := range phase.Actions {
			if a.By == Creator {
				continue
			}
			if a.First != next || a.Last < a.First {
				t.Fatalf("an action has the steps %d to %d, want %d to follow", a.First, a.Last, next)
			}
			next = a.Last + 1
		}
	}
	if next != len(p.Program.Steps) {
		t.Errorf("the actions end at step %d of %d", next, len(p.Program.Steps))
	}
}

func TestFolded(t *testing.T) {
	s := dockers(t)
	p := planIn(t, "/bundle", s)
	counts := map[string]int{}
	for i := range p.Phases {
		for _, f := range p.Folded(&p.Phases[i]) {
			counts[ListOf(f.Path)+":"+f.Subject] = f.Count()
			if ListOf(f.Path) == "mounts" && f.Count() > 1 {
				t.Errorf("the mounts from %s on are folded", f.Path)
			}
		}
	}
	for key, want := range map[string]int{"linux.maskedPaths:/proc/acpi": len(s.Linux.MaskedPaths), "linux.readonlyPaths:/proc/bus": 5, ":/dev/null": 6} {
		if counts[key] != want {
			t.Errorf("%s stands for %d, want %d", key, counts[key], want)
		}
	}
}

func TestSentence(t *testing.T) {
	for _, c := range []struct {
		does []string
		want string
	}{
		{[]string{"find or make the mount point of tmpfs", "mount tmpfs from shm", "mount tmpfs with mode=1777", "mount tmpfs"}, "mount tmpfs from shm, with mode=1777"},
		{[]string{"exec /bin/sh", "exec /usr/bin/sh", "exec /sbin/sh"}, "exec /bin/sh, /usr/bin/sh, /sbin/sh"},
		{[]string{"open the source /a"}, "open the source /a"},
		{[]string{"one", "another thing"}, "one; another thing"},
		{nil, ""},
	} {
		a := Action{Does: c.does}
		if got := a.Sentence(); got != c.want {
			t.Errorf("%q: got %q, want %q", c.does, got, c.want)
		}
	}
}

// With systemd the unit and the annotations about it have their place, and its
// cgroup is made when the init asks for it.
func TestUnit(t *testing.T) {
	s := dockers(t)
	s.Linux.Resources.Pids = &specs.LinuxPids{Limit: new(int64(100))}
	src := source("/bundle", s)
	src.Options.AwaitCgroup = true
	src.Host.Cgroup.Scope = &cgroup.Scope{Unit: "rt-test.scope", Slice: "system.slice", Path: "/system.slice/rt-test.scope"}
	before := planFor(t, src)
	s.Annotations = map[string]string{"org.systemd.property.TimeoutStopUSec": "uint64 5"}
	d := Compare(before, planFor(t, src), false)
	if len(d.Facts) != 1 || d.Facts[0].Key != "org.systemd.property.TimeoutStopUSec" {
		t.Errorf("facts are %+v, want the property", d.Facts)
	}
	i := slices.IndexFunc(before.Phases, func(p Phase) bool { return p.Name == compile.PhaseOutside })
	order := []string{"ask the creator for the cgroup", "have systemd start the scope", "make the unified cgroup", `write "100" to /sys/fs/cgroup/test/pids.max`}
	for _, a := range before.Phases[i].Actions {
		if len(order) > 0 && strings.HasPrefix(strings.Join(a.Does, "; "), order[0]) {
			order = order[1:]
		}
	}
	if len(order) > 0 {
		t.Errorf("not in this order: %q", order)
	}
	if slices.ContainsFunc(before.Phases[0].Actions, func(a Action) bool {
		return strings.Contains(strings.Join(a.Does, ""), "cgroup") && a.Path == "linux.cgroupsPath"
	}) {
		t.Error("the cgroup is made before systemd has started the unit")
	}
}

// A limit that is too low for the init is set when the init is ready.
func TestDelayedLimit(t *testing.T) {
	s := dockers(t)
	s.Linux.Resources.Pids = &specs.LinuxPids{Limit: new(int64(1))}
	src := source("/bundle", s)
	src.Delayed = &specs.LinuxResources{Pids: s.Linux.Resources.Pids}
	var texts []string
	for _, phase := range planFor(t, src).Phases {
		for _, a := range phase.Actions {
			if a.Path == "linux.resources.pids.limit" {
				texts = append(texts, phase.Name+": "+a.Sentence())
			}
		}
	}
	want := []string{
		`create: write "1" to /sys/fs/cgroup/test/pids.max, with room for the init until it is ready`,
		`ready: write "1" to /sys/fs/cgroup/test/pids.max`,
	}
	if !slices.Equal(texts, want) {
		t.Errorf("got %q, want %q", texts, want)
	}
}

// Rights in a user namespace are none on the host, whether it is the container's
// own or that of rt.
func TestRisksBelow(t *testing.T) {
	s := dockers(t)
	s.Process.Capabilities.Bounding = append(s.Process.Capabilities.Bounding, "CAP_SYS_ADMIN")
	s.Linux.MaskedPaths = nil
	src := source("/bundle", s)
	src.Host.InUserNamespace = true
	for _, f := range planFor(t, src).Summary {
		if f.Risk != "" {
			t.Errorf("%s %s: %s", f.Topic, f.Key, f.Risk)
		}
	}
}
