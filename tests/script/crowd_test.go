package script

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/reliability"
)

// crowdCommands are what the processes of a crowd do, the common ones more often.
func crowdCommands(id string) [][]string {
	return [][]string{
		{"create", "--bundle", "b-" + id, id}, {"create", "--bundle", "b-" + id, id}, {"run", "--detach", "--bundle", "b-" + id, id},
		{"start", id}, {"start", id}, {"kill", id, "KILL"}, {"kill", "--all", id, "TERM"},
		{"delete", id}, {"delete", "--force", id}, {"delete", "--force", id},
		{"state", id}, {"state", id}, {"list"}, {"ps", id},
		{"pause", id}, {"resume", id}, {"update", "--pids-limit", "50", id}, {"exec", id, "true"}, {"events", "--stats", id},
	}
}

// crowdErrors are what a command may say when another was faster. None says that rt
// itself came apart.
var crowdErrors = regexp.MustCompile(`^rt: (` + strings.Join([]string{
	"container with given ID already exists: ",
	"container does not exist: ",
	"container is locked by another command that did not finish in time: ",
	"cannot .*",               // what the status forbids
	"container not running.*", // kill, exec
	"container .* is (not )?(paused|running|stopped|created|creating).*",
	"the init process (was killed|ended) .*", // by somebody else
	".*: (no such process|no such file or directory|no such device|operation not permitted on a stopped container).*",
}, "|") + `)`)

// crowd is how many processes there are.
const crowd = 6

// TestCrowd has many processes do all that can be done with one container, and with a few:
// each ends in time with what it was asked for or with one line of why not, and in the end
// everything can be deleted.
func TestCrowd(t *testing.T) {
	for _, ids := range []int{1, 4} {
		t.Run(fmt.Sprint(ids), func(t *testing.T) {
			f := newFixture(t, "sleep", "100")
			for i := range ids {
				f.bundleOf(fmt.Sprint("c", i))
			}
			rounds := 15
			if need.Whole() {
				rounds = 400
			}
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			var wg sync.WaitGroup
			for process := range uint64(crowd) {
				random := rand.New(rand.NewPCG(seed, process))
				wg.Go(func() {
					for range rounds {
						commands := crowdCommands(fmt.Sprint("c", random.IntN(ids)))
						f.inCrowd(commands[random.IntN(len(commands))])
					}
				})
			}
			wg.Wait()
			reliability.Record(t, crowd*rounds)
			for i := range ids {
				f.mustRT("delete", "--force", fmt.Sprint("c", i))
			}
		})
	}
}

// bundleOf makes a bundle with the same rootfs, and a cgroup of its own.
func (f *fixture) bundleOf(id string) {
	f.t.Helper()
	dir := filepath.Join(f.mark.Dir, "b-"+id)
	text, err := os.ReadFile(filepath.Join(f.bundle, "config.json"))
	if err == nil {
		text, err = bundle.EditJSON(text, bundle.Set{Pointer: "/root/path", Value: filepath.Join(f.bundle, "rootfs")},
			bundle.Set{Pointer: "/linux/cgroupsPath", Value: "/rt-test-" + f.mark.Tag + "-" + id})
	}
	if err == nil {
		err = os.Mkdir(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// inCrowd does one thing.
func (f *fixture) inCrowd(args []string) {
	start := time.Now()
	out, status := f.rt(args...)
	if took := time.Since(start); took > 15*time.Second {
		f.t.Errorf("%q took %v", args, took)
	}
	line, more, _ := strings.Cut(out, "\n")
	switch {
	case status == 0 && (args[0] == "list" && strings.Contains(out, "warning") || strings.Contains(out, "goroutine ")):
		f.t.Errorf("%q: %s", args, out)
	case status != 0 && args[0] == "delete" && len(args) == 3:
		f.t.Errorf("%q: exit status %d: %s", args, status, out)
	case args[0] == "exec" && status > 128 && out == "": // the program was killed, by a kill or a delete
	case status != 0 && (more != "" || !crowdErrors.MatchString(line)):
		f.t.Errorf("%q: exit status %d: %s", args, status, out)
	}
}

// TestDeleteOfNewcomer: while a container is made and started, others delete what they
// find: a created container, which they may, or the directory of one that is not there
// yet. None of them takes a running one's directory away.
func TestDeleteOfNewcomer(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	done := make(chan struct{})
	var wg sync.WaitGroup
	defer func() { close(done); wg.Wait(); f.rt(forceC1...) }()
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					f.rt("delete", "c1")
				}
			}
		})
	}
	rounds := 20
	if need.Whole() {
		rounds = 400
	}
	for round := range rounds {
		if _, status := f.rt(runC1...); status != 0 {
			continue // the id was taken away when it was only created
		}
		if out := f.mustRT("state", "c1"); !strings.Contains(out, `"running"`) {
			t.Errorf("round %d: %s", round, out)
		}
		f.mustRT(forceC1...)
	}
}

// TestLockOfTheDead: a command that is killed leaves no lock behind, not even through a
// hook that it has started and that goes on.
func TestLockOfTheDead(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	mark := filepath.Join(f.mark.Dir, "hook")
	script := fmt.Sprintf("echo $$ >%s.tmp; mv %[1]s.tmp %[1]s; exec sleep 100", mark)
	hook := []any{map[string]any{"path": "/bin/sh", "args": []string{"sh", "-c", script}}}
	err := bundle.EditFile(filepath.Join(f.bundle, "config.json"), bundle.Set{Pointer: "/hooks/createRuntime", Value: hook})
	if err != nil {
		t.Fatal(err)
	}
	cmd, _ := f.command(createC1...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	for deadline := time.Now().Add(pollTimeout); pid == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		text, _ := os.ReadFile(mark)
		_, _ = fmt.Sscan(string(text), &pid)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if !running(pid) {
		t.Fatal("the hook has ended with rt, so this shows nothing")
	}
	start := time.Now()
	f.mustRT(forceC1...)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("delete --force took %v", took)
	}
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill()
	}
}
