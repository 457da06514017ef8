package survey

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// tree makes files below a directory: "path" is a program, "path/" a directory,
// "path>target" a link, "path-" a file that is no program, "path|" a FIFO.
func tree(t *testing.T, files ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range files {
		p := filepath.Join(dir, strings.TrimRight(f, "/-|"))
		link, target, isLink := strings.Cut(f, ">")
		if isLink {
			p = filepath.Join(dir, link)
		}
		err := os.MkdirAll(filepath.Dir(p), 0o755)
		switch {
		case isLink:
			err = errors.Join(err, os.Symlink(target, p))
		case strings.HasSuffix(f, "/"):
			err = errors.Join(err, os.MkdirAll(p, 0o755))
		case strings.HasSuffix(f, "-"):
			err = errors.Join(err, os.WriteFile(p, nil, 0o644))
		case strings.HasSuffix(f, "|"):
			err = errors.Join(err, unix.Mkfifo(p, 0o755))
		default:
			err = errors.Join(err, os.WriteFile(p, []byte("#!\n"), 0o755))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestProgram looks for programs in hostile root file systems: outside of them there is
// every program that is missing inside.
func TestProgram(t *testing.T) {
	outside := tree(t, "prog", "bin/prog")
	files := []string{
		"bin/prog", "bin/text-", "bin/fifo|", "bin/dir/", "usr/bin/other", "sbin>usr/bin", "abs>/usr/bin/other",
		"out>" + outside + "/prog", "up>../../../../../../../../.." + outside + "/prog", "loop>loop", "a>b", "b>/a",
		"vol>/mnt/vol/x", "run>/mnt", "deep>bin/dir/../../bin/dir/../prog", "self>/proc/self/exe", "proc/self/exe>" + outside + "/prog",
	}
	bundle := t.TempDir()
	if err := os.Rename(tree(t, files...), filepath.Join(bundle, "rootfs")); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=/usr/local/bin:/sbin:/bin:relative:"}
	for _, x := range []struct {
		arg    string
		mounts []string
		want   string // in the problem; "" if there is none
	}{
		{"/bin/prog", nil, ""}, {"prog", nil, ""}, {"other", nil, ""}, {"./prog", nil, ""}, {"bin/prog", nil, "does not exist"},
		{"/abs", nil, ""}, {"/deep", nil, ""}, {"/../../bin/prog", nil, ""},
		{"/out", nil, "does not exist"}, {"/up", nil, "does not exist"}, {"/self", nil, "does not exist"},
		{"/loop", nil, "does not exist"}, {"/a", nil, "does not exist"}, {"/bin/prog/x", nil, "does not exist"},
		{"none", nil, "is in no directory of PATH"}, {"/none", nil, "does not exist"},
		{"/bin/text", nil, "has no permission"}, {"text", nil, "has no permission"}, {"/bin/dir", nil, "is a directory"}, {"/bin/fifo", nil, "is not a regular file"},
		{"/vol", nil, "does not exist"},
		// A mount may have the program.
		{"/vol", []string{"/mnt/vol"}, ""}, {"/none", []string{"/none"}, ""}, {"/none", []string{"none/"}, ""}, {"/new/none", []string{"/new/none"}, ""},
		{"/bin/none", []string{"/bin"}, ""}, {"/bin/none", []string{"/"}, ""}, {"none", []string{"/usr/local/bin"}, ""}, {"/run/init", []string{"/mnt/init"}, ""},
		{"/mnt/init", []string{"/run/init"}, ""}, {"/sbin/none", []string{"/usr/bin/none"}, ""},
		{"/bin/none", []string{"/binary", "/bin/dir", "/etc/hosts"}, "does not exist"}, {"/bin/text", []string{"/bin/text"}, ""},
	} {
		s := &specs.Spec{Root: &specs.Root{Path: "rootfs"}, Process: &specs.Process{Args: []string{x.arg}, Cwd: "/bin", Env: env}}
		for _, m := range x.mounts {
			s.Mounts = append(s.Mounts, specs.Mount{Destination: m})
		}
		g := gatherer{Subject: &Subject{Bundle: bundle, Examined: &spec.Examined{Spec: s}, Runtime: compile.Facts{Arch: "amd64"}}, spec: s}
		g.rootfs()
		if got := g.facts.Program.Problem; (got == "") != (x.want == "") || !strings.Contains(got, x.want) {
			t.Errorf("%s with mounts on %v: %q, want %q", x.arg, x.mounts, got, x.want)
		}
	}
}

// TestDeepTree has mounts on paths that all take long to resolve: what is not found out
// within the steps is not known.
func TestDeepTree(t *testing.T) {
	deep := strings.Repeat("a/", 1000)
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := root.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	s := search{root: int(dir.Fd())}
	if problem, err := s.look("/none"); err != unix.ENOENT {
		t.Errorf("before: %q, %v", problem, err)
	}
	calls := 0
	for range 1000 {
		before := s.steps
		s.mount(deep)
		if s.steps-before > 1001 { // it went on behind the limit for none but the first name
			calls++
		}
	}
	if problem, err := s.look("/none"); err != errUnknown {
		t.Errorf("after: %q, %v", problem, err)
	}
	if calls == 0 || calls > 5 {
		t.Errorf("%d mounts were resolved, want one or two", calls)
	}
}

func TestLookAt(t *testing.T) {
	dir := tree(t, "file-", "dir/", "fifo|", "link>file", "gone>nothing")
	for name, want := range map[string]check.File{
		"file":   {Real: dir + "/file", Kind: unix.S_IFREG},
		"link":   {Real: dir + "/file", Kind: unix.S_IFREG},
		"dir":    {Real: dir + "/dir", Kind: unix.S_IFDIR},
		"fifo":   {Real: dir + "/fifo", Kind: unix.S_IFIFO}, // and does not wait for a writer
		"none":   {Problem: dir + "/none does not exist", Missing: true},
		"gone":   {Problem: dir + "/gone does not exist", Missing: true},
		"file/x": {Problem: dir + "/file/x cannot be opened: not a directory"},
	} {
		if got := lookAt(filepath.Join(dir, name)); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := lookAt("/dev/null"); got.Kind != unix.S_IFCHR || got.Major != 1 || got.Minor != 3 {
		t.Errorf("/dev/null: %+v", got)
	}
}

func TestNamespaceAt(t *testing.T) {
	for path, want := range map[string]check.Namespace{
		"/proc/self/ns/net":  {Type: specs.NetworkNamespace, Own: true},
		"/proc/self/ns/mnt":  {Type: specs.MountNamespace, Own: true},
		"/proc/self/ns/user": {Type: specs.UserNamespace, Own: true},
		"/dev/null":          {Problem: "/dev/null is not a namespace"},
		"/none":              {Problem: "/none does not exist"},
	} {
		if got := namespaceAt(path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}

func TestWritersOf(t *testing.T) {
	uid, gid := uint32(os.Geteuid()), uint32(os.Getegid())
	for _, x := range []struct {
		st   unix.Stat_t
		file bool
		want string
	}{
		{unix.Stat_t{Mode: 0o755}, true, ""},
		{unix.Stat_t{Mode: 0o755, Uid: uid, Gid: gid}, true, ""},
		{unix.Stat_t{Mode: 0o775}, true, ""}, // root's group
		{unix.Stat_t{Mode: 0o775, Gid: 4711}, true, "can be written by group 4711"},
		{unix.Stat_t{Mode: 0o777}, true, "can be written by everybody"},
		{unix.Stat_t{Mode: 0o777 | unix.S_ISVTX}, true, "can be written by everybody"},
		{unix.Stat_t{Mode: 0o777 | unix.S_ISVTX}, false, ""}, // /tmp
		{unix.Stat_t{Mode: 0o755, Uid: 4711}, false, "belongs to user 4711"},
		{unix.Stat_t{Mode: 0o777 | unix.S_ISVTX, Uid: 4711}, false, "belongs to user 4711"},
	} {
		if got := writersOf(&x.st, x.file); got != x.want {
			t.Errorf("%o of %d:%d: %q, want %q", x.st.Mode, x.st.Uid, x.st.Gid, got, x.want)
		}
	}
}

func TestUsers(t *testing.T) {
	const passwd = "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/home/user:\n\nbroken\n"
	if got := userName(passwd, 1000); got != "user" {
		t.Errorf("user 1000 is %s", got)
	}
	if got := userName(passwd, 7); got != "7" {
		t.Errorf("user 7 is %s", got)
	}
	const subuid = "user:100000:65536\nother:1:2\n1000:5:99999999999\nuser:x:1\nuser:1\n1000:7:1"
	want := []check.Range{{First: 100000, Count: 65536}, {First: 7, Count: 1}}
	if got := ranges(subuid, "user", 1000); !reflect.DeepEqual(got, want) {
		t.Errorf("ranges %v, want %v", got, want)
	}
	dir := tree(t, "newuidmap")
	for path, want := range map[string]string{"": "newuidmap", dir: "newgidmap", tree(t, "newgidmap") + ":" + dir: "", tree(t, "newuidmap-", "newgidmap"): "newuidmap"} {
		if got := missingHelper(path); got != want {
			t.Errorf("PATH=%s lacks %q, want %q", path, got, want)
		}
	}
}

func TestSubset(t *testing.T) {
	for _, x := range []struct {
		list, of string
		want     bool
	}{
		{"0-1", "0-1", true}, {"1", "0-63", true}, {"2", "0-1", false}, {"64", "0-63", false}, {"0-63", "0-127", true}, {"nonsense", "0", true},
	} {
		if got := subset(x.list, x.of, spec.MaxCPUs); got != x.want {
			t.Errorf("%s in %s: %v", x.list, x.of, got)
		}
	}
}

func TestOfInterface(t *testing.T) {
	for p, want := range map[string]bool{
		"net/ipv4/conf/eth0/forwarding": true, "net/ipv4/conf/all/forwarding": false, "net/ipv6/neigh/default/gc": false,
		"net/ipv6/neigh/lo/gc": true, "net/core/somaxconn": false, "kernel/msgmax": false,
	} {
		if got := ofInterface(p); got != want {
			t.Errorf("%s: %v", p, got)
		}
	}
}

// TestGather has what this machine, any machine, has and has not.
func TestGather(t *testing.T) {
	hook := tree(t, "hook", "none-")
	s := &specs.Spec{
		Root:    &specs.Root{Path: "/"},
		Process: &specs.Process{Args: []string{"/bin/sh"}, Rlimits: []specs.POSIXRlimit{{Type: "RLIMIT_CORE", Hard: math.MaxUint64}}},
		Mounts:  []specs.Mount{{Source: "rel", Options: []string{"bind"}}, {Source: "/dev", Options: []string{"rbind"}}},
		Hooks:   &specs.Hooks{Poststop: []specs.Hook{{Path: hook + "/hook"}, {Path: hook + "/none"}}},
		Linux: &specs.Linux{
			Namespaces: []specs.LinuxNamespace{{Type: specs.NetworkNamespace, Path: "/proc/self/ns/net"}},
			Sysctl:     map[string]string{"net.no.such": "1", "net.ipv4.conf.eth0.x": "1", "net.core.somaxconn": "1", "../../../etc": "1"},
			NetDevices: map[string]specs.LinuxNetDevice{"lo": {}, "rt-none": {}},
			Seccomp:    &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: []specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog}},
			Resources:  &specs.LinuxResources{CPU: &specs.LinuxCPU{Cpus: "8191"}, Rdma: map[string]specs.LinuxRdma{}},
		},
	}
	bundle := t.TempDir()
	f := Gather(&Subject{
		Bundle: bundle, Examined: &spec.Examined{Spec: s}, Runtime: compile.Facts{Arch: "amd64"},
		Cgroup: &cgroup.Config{Version: 1}, Rootless: true,
	})
	for name, problem := range map[string]string{
		"/": "", "/dev": "", "rel": bundle + "/rel does not exist", hook + "/hook": "", hook + "/none": hook + "/none is not executable",
	} {
		if got := f.Files[name].Problem; got != problem {
			t.Errorf("%s: %q, want %q", name, got, problem)
		}
	}
	k := &f.Kernel
	for what, pair := range map[string][2]any{
		"sysctl":     {k.NoSysctl, map[string]bool{"net.no.such": true}},
		"netDevices": {k.NoNetDevice, map[string]bool{"rt-none": true}},
		"flags":      {k.SeccompFlags, []string{"SECCOMP_FILTER_FLAG_LOG"}},
		"program":    {f.Program, check.Program{}},
		"limits":     {len(f.Limits), 2}, // no controller, no such CPU
		"own":        {f.Namespaces["/proc/self/ns/net"].Own, true},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
	if len(k.Namespaces) < 6 || len(k.Filesystems) < 3 || k.NrOpen == 0 {
		t.Errorf("kernel: %+v", k)
	}
}

// TestUnsound has faults, below which nothing is taken for checked.
func TestUnsound(t *testing.T) {
	s := &specs.Spec{Linux: &specs.Linux{
		Seccomp:   &specs.LinuxSeccomp{Syscalls: []specs.LinuxSyscall{{Names: []string{"read"}, Action: "nonsense"}}},
		Resources: &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Access: "x"}}},
	}}
	f := Gather(&Subject{
		Bundle: t.TempDir(), Runtime: compile.Facts{Arch: "amd64"}, CgroupFault: errors.New("unknown"),
		Examined: &spec.Examined{Spec: s, Faults: spec.Faults{{Path: "linux.seccomp.syscalls[0].action"}, {Path: "linux.resources.devices[0].access"}}},
	})
	if f.Kernel.SeccompFault != "" || f.CgroupsPath != "" {
		t.Errorf("%+v", f)
	}
}
