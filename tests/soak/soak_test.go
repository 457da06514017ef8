package soak

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
)

// patience bounds one command, and the wait for one container.
const patience = time.Minute

// soak is what all lives of a test share.
type soak struct {
	t         *testing.T
	mark      leak.Mark
	place     Place
	random    *rand.Rand
	pod       int // pid of a container whose namespaces others join
	console   string
	terminals *terminals
	criu      bool
	done      map[string]int // how often each command ran
	killed    int
}

// TestSoak has containers of all kinds live through all that can be done with them, and
// some of the commands killed on the way. Nothing may grow with their number.
func TestSoak(t *testing.T) {
	need.Root(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := newSoak(t, seed)
	s.furnish()
	lives := Lives(t)
	Run(t, NewWatch(s.place.Probes()...), lives, s.live)
	s.mustRT("delete", "--force", s.id("pod"))
	s.mustRT("delete", "--force", s.id("elder"))
	t.Logf("commands: %v; %d were killed", s.done, s.killed)
	if lives >= 1000 && s.killed < lives/50 {
		t.Error("few commands were killed")
	}
}

func newSoak(t *testing.T, seed uint64) *soak {
	t.Helper()
	dir, err := os.MkdirTemp("", "rt-soak-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for the ids of user namespaces
		t.Fatal(err)
	}
	tag := "t" + strconv.FormatUint(rand.Uint64(), 36)
	s := &soak{
		t: t, mark: leak.Mark{Dir: dir, Tag: tag, State: filepath.Join(dir, "state")},
		place:  Place{Dir: dir, Tag: tag, Parent: "rt-soak-" + tag},
		random: rand.New(rand.NewPCG(seed, 0)), console: filepath.Join(dir, "console"), done: map[string]int{},
		criu: need.HasCRIU(),
	}
	t.Cleanup(s.checkLeaks)
	return s
}

// checkLeaks fails the test if anything is left of it, and removes that.
func (s *soak) checkLeaks() {
	for _, root := range CgroupRoots() {
		_ = os.Remove(filepath.Join(root, s.place.Parent))
	}
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

// furnish makes the bundles, the cgroup above all others, and two containers that live as
// long as the test: one whose namespaces others join, and one that is done all things to.
func (s *soak) furnish() {
	s.t.Helper()
	if err := os.Mkdir(s.mark.State, 0o700); err != nil {
		s.t.Fatal(err)
	}
	for _, root := range CgroupRoots() {
		if err := os.Mkdir(filepath.Join(root, s.place.Parent), 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
	s.terminals = listen(s.t, s.console)
	s.makeBundle("pod", nil)
	s.mustRT("run", "--detach", "--pid-file", s.path("pid"), "--bundle", s.path("pod"), s.id("pod"))
	text, err := os.ReadFile(s.path("pid"))
	if err == nil {
		s.pod, err = strconv.Atoi(string(text))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	for name, edits := range kinds(s.pod) {
		s.makeBundle(name, edits)
		s.makeBundle(short+name, edits)
	}
	s.makeBundle("elder", nil)
	s.mustRT("run", "--detach", "--bundle", s.path("elder"), s.id("elder"))
}

func (s *soak) path(name string) string { return filepath.Join(s.mark.Dir, name) }

// id is the id of a container, which everything of it has in its name.
func (s *soak) id(name string) string { return s.mark.Tag + "-" + name }

// command returns an rt that has not started yet.
func (s *soak) command(out *os.File, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append([]string{"--root", s.mark.State}, args...)...)
	cmd.Dir = s.mark.Dir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), "TEST_TAG="+s.mark.Tag)
	return cmd
}

// rt runs an rt to its end, or kills it after some time. It returns its output and how it
// ended: a container that stays keeps the output open, so this is a file.
func (s *soak) rt(killAfter time.Duration, args ...string) (string, *os.ProcessState) {
	s.t.Helper()
	out, err := os.CreateTemp("", "rt-soak-output-")
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	_ = os.Remove(out.Name())
	cmd := s.command(out, args...)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	limit := patience
	if killAfter > 0 {
		limit = killAfter
	}
	timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
	text := make([]byte, 1<<20)
	n, _ := out.ReadAt(text, 0)
	return string(text[:n]), cmd.ProcessState
}

// mustRT runs a command that must succeed.
func (s *soak) mustRT(args ...string) string {
	s.t.Helper()
	s.done[args[0]]++
	out, state := s.rt(0, args...)
	if !state.Success() {
		s.t.Fatalf("rt %q: %v: %s", args, state, out)
	}
	return out
}

// status asks for the status of a container.
func (s *soak) status(id string) string {
	s.t.Helper()
	out := s.mustRT("state", id)
	_, rest, _ := strings.Cut(out, `"status": "`)
	status, _, _ := strings.Cut(rest, `"`)
	return status
}

// await waits until a container has a status.
func (s *soak) await(id, want string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		got := s.status(id)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is %s, want %s", id, got, want)
		}
	}
}

// forget deletes a container that may be there or not, in any state, which is silent.
func (s *soak) forget(id string) {
	s.t.Helper()
	if out := s.mustRT("delete", "--force", id); out != "" {
		s.t.Errorf("delete --force %s: %s", id, out)
	}
}

// bundleNames are the kinds of containers, in an order.
func (s *soak) bundleNames() (list []string) {
	entries, _ := filepath.Glob(filepath.Join(s.mark.Dir, "*", "config.json"))
	for _, path := range entries {
		if name := filepath.Base(filepath.Dir(path)); name != "pod" && name != "elder" && !strings.HasPrefix(name, short) {
			list = append(list, name)
		}
	}
	return list
}

// isEmpty reports whether a cgroup of all hierarchies has no process.
func isEmpty(cgroup string) bool {
	for _, root := range CgroupRoots() {
		if text, _ := os.ReadFile(filepath.Join(root, cgroup, "cgroup.procs")); len(bytes.TrimSpace(text)) > 0 {
			return false
		}
	}
	return true
}

// checkEmpty fails if the cgroup of a container that is gone has processes.
func (s *soak) checkEmpty(kind string) {
	s.t.Helper()
	if !isEmpty(filepath.Join(s.place.Parent, kind)) {
		s.t.Errorf("the cgroup of %s has processes still", kind)
	}
}
