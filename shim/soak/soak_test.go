package soak

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/soak"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// soakTest is what all lives of the test share.
type soakTest struct {
	t      *testing.T
	mark   leak.Mark
	place  soak.Place
	random *rand.Rand
	sink   *sink
	shim   *shim // which serves them
	pod    int   // pid of its first container
	criu   bool
	killed int // other shims
	saved  int // containers
}

// TestShimSoak has one shim serve containers of all kinds, with all requests, and others be
// killed. Neither the shim nor anything that it makes may grow with their number.
func TestShimSoak(t *testing.T) {
	need.Root(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := newSoak(t, seed)
	bundle := s.bundle("pod", "sleep", "1000000")
	s.shim = s.newShim(s.id("pod"), bundle)
	h := s.shim
	s.pod = int(must(h, h.tasks.Create, &task.CreateTaskRequest{ID: h.id, Bundle: bundle, Options: h.settings}).Pid)
	must(h, h.tasks.Start, &task.StartRequest{ID: h.id})
	s.exec(h.id, "busybox", "true") // from then on the shim keeps what it needs for others
	for name := range kinds {
		s.bundle(name, "sleep", "1000000")
		s.bundle(short+name, "echo", "short")
	}
	soak.Run(t, soak.NewWatch(append(s.place.Probes(), soak.OfProcess("the shim", h.pid)...)...), soak.Lives(t), s.live)
	s.end(h, h.id)
	h.shutDown()
	t.Logf("%d events; %d other shims were killed, %d containers saved and restored", s.sink.taken.Load(), s.killed, s.saved)
}

func newSoak(t *testing.T, seed uint64) *soakTest {
	t.Helper()
	dir, err := os.MkdirTemp("", "rt-soak-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // for the ids of user namespaces
	}
	if err != nil {
		t.Fatal(err)
	}
	tag := "t" + strconv.FormatUint(rand.Uint64(), 36)
	s := &soakTest{
		t: t, mark: leak.Mark{Dir: dir, Tag: tag, State: filepath.Join(dir, "state")},
		place:  soak.Place{Dir: dir, Tag: tag, Parent: "rt-soak-" + tag},
		random: rand.New(rand.NewPCG(seed, 0)), criu: need.HasCRIU(),
	}
	t.Cleanup(s.checkLeaks)
	for _, root := range soak.CgroupRoots() {
		if err := os.Mkdir(filepath.Join(root, s.place.Parent), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "s"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"stdout", "stderr"} {
		if err := unix.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.sink = newSink(t, filepath.Join(dir, "events"))
	return s
}

// checkLeaks fails the test if anything is left of it, and removes that.
func (s *soakTest) checkLeaks() {
	for _, root := range soak.CgroupRoots() {
		_ = os.Remove(filepath.Join(root, s.place.Parent))
	}
	_ = os.Remove(filepath.Join(s.mark.State, namespace))
	if !s.t.Failed() {
		for _, left := range s.mark.Find() {
			s.t.Errorf("left behind: %s", left.What)
		}
	}
	s.mark.Remove()
	if err := os.RemoveAll(s.mark.Dir); err != nil {
		s.t.Error(err)
	}
}

// id is the id of a container, which everything of it has in its name.
func (s *soakTest) id(name string) string { return s.mark.Tag + "-" + name }

func (s *soakTest) path(name string) string { return filepath.Join(s.mark.Dir, name) }

// short is what the names of bundles begin with whose containers end by themselves.
const short = "short-"

// kinds are the configurations of the containers.
var kinds = map[string]func(s *soakTest, c *specs.Spec){
	"plain":    func(*soakTest, *specs.Spec) {},
	"seccomp":  func(_ *soakTest, c *specs.Spec) { c.Linux.Seccomp = refuse("kexec_load", "mount", "ptrace") },
	"terminal": func(_ *soakTest, c *specs.Spec) { c.Process.Terminal = true },
	"hooks": func(_ *soakTest, c *specs.Spec) {
		hook := []specs.Hook{{Path: "/bin/true"}}
		inside := []specs.Hook{{Path: "/bin/busybox", Args: []string{"busybox", "true"}}}
		c.Hooks = &specs.Hooks{CreateRuntime: hook, CreateContainer: hook, StartContainer: inside, Poststart: hook, Poststop: hook}
	},
	"user": func(_ *soakTest, c *specs.Spec) {
		ids := []specs.LinuxIDMapping{{HostID: 100000, Size: 65536}}
		c.Linux.Namespaces = append(c.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
		c.Linux.UIDMappings, c.Linux.GIDMappings = ids, ids
	},
	"joined": func(s *soakTest, c *specs.Spec) {
		for i := range c.Linux.Namespaces {
			ns := &c.Linux.Namespaces[i]
			if file := map[specs.LinuxNamespaceType]string{"pid": "pid", "network": "net", "ipc": "ipc"}[ns.Type]; file != "" {
				ns.Path = fmt.Sprintf("/proc/%d/ns/%s", s.pod, file)
			}
		}
	},
}

// refuse is a filter that refuses some calls.
func refuse(names ...string) *specs.LinuxSeccomp {
	return &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls:      []specs.LinuxSyscall{{Names: names, Action: specs.ActErrno}},
	}
}

// bundle makes the bundle of a kind, whose container executes these arguments of busybox.
func (s *soakTest) bundle(name string, args ...string) string {
	s.t.Helper()
	dir := s.path(name)
	program, err := os.ReadFile(need.Busybox(s.t))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, sub := range []string{"bin", "proc", "sys", "dev", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, "rootfs", sub), 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
	c := spec.Default()
	c.Process.Terminal = false
	c.Process.Args = append([]string{"busybox"}, args...)
	c.Process.Env = append(c.Process.Env, "TEST_TAG="+s.mark.Tag)
	c.Linux.CgroupsPath = "/" + s.place.Parent + "/" + name
	if edit := kinds[kindOf(name)]; edit != nil {
		edit(s, c)
	}
	data, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, spec.ConfigFile), data, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "rootfs/bin/busybox"), program, 0o755)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return dir
}
