package engines

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// crowd runs short containers, one after another in each worker, until it is told to stop.
type crowd struct {
	t      *testing.T
	e      *engine
	stop   chan struct{}
	group  sync.WaitGroup
	right  atomic.Int64 // ended with the status that they had to
	failed atomic.Int64 // were killed, or their ctr had nobody to talk to
}

// work runs containers. One that ends with another status than its own, without anybody
// having failed, is a fault.
func (c *crowd) work(worker int) {
	for i := 0; ; i++ {
		select {
		case <-c.stop:
			return
		default:
		}
		want := i%99 + 1
		id := fmt.Sprintf("crowd%d-%d", worker, i)
		r := c.e.run(c.t, c.e.shimRun(id, []string{"--rm"}, "sh", "-c", fmt.Sprintf("echo %s; exit %d", id, want))...)
		switch {
		case r.status == want && r.stdout == id+"\n":
			c.right.Add(1)
		case c.t.Context().Err() != nil: // the test has failed, and kills what it has started
			return
		case strings.Contains(r.stderr, "connection refused"): // until there is a containerd again
			time.Sleep(50 * time.Millisecond)
		case r.status == 137 || r.status == 255 || strings.Contains(r.stderr, "ctr: "):
			c.failed.Add(1)
		default:
			c.t.Errorf("container %s: %+v, want status %d", id, r, want)
		}
	}
}

// TestShimCrashes kills shims and containerd at random points while containers come and go.
// What is not hit ends as it should, and in the end nothing is left that containerd cannot
// remove.
func TestShimCrashes(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		const workers, crashes, enough = 3, 24, 60
		c := &crowd{t: t, e: e, stop: make(chan struct{})}
		for w := range workers {
			c.group.Go(func() { c.work(w) })
		}
		finish := sync.OnceFunc(func() { close(c.stop); c.group.Wait() })
		t.Cleanup(finish) // also of a test that fails on the way
		e.ok(t, e.shimRun("bystander", []string{"--detach"}, "sh", "-c", untilTerm)...)
		spared := shimOf(t, "bystander")
		for i := 0; i < crashes || c.right.Load() < enough; i++ {
			time.Sleep(time.Duration(rand.IntN(500)) * time.Millisecond)
			if i%6 != 5 {
				killSomeShim(spared)
				continue
			}
			killContainerd(t, e)
			e.startDaemon(t, func() bool { return e.run(t, "version").status == 0 }, "containerd", "--config", e.path("config.toml"), "--log-level", "warn")
		}
		finish()
		t.Logf("%d containers ended as they had to, %d were hit", c.right.Load(), c.failed.Load())
		if c.failed.Load() == 0 {
			t.Error("the crashes have hit nothing")
		}
		e.prints(t, "in", "tasks", "exec", "--exec-id", "e", "bystander", "echo", "in")
		e.removeTasks(t)
		e.prints(t, "", "tasks", "ls", "-q")
		checkCrowdGone(t)
	})
}

// checkCrowdGone is checkShimGone but for the socket of a shim that was killed when
// containerd had given it up, and for the minute in which one that was given up and lives
// waits for its first container.
func checkCrowdGone(t *testing.T) {
	t.Helper()
	for range 2 { // minutes
		if poll(func() bool { return len(shimPids()) == 0 }) {
			break
		}
	}
	if pids := shimPids(); len(pids) > 0 {
		t.Errorf("shims are left: %v", pids)
	}
	if left, _ := filepath.Glob("/run/containerd/rt/*/*"); len(left) > 0 {
		t.Errorf("states of containers are left: %v", left)
	}
	sockets, _ := filepath.Glob("/run/containerd/s/*")
	for _, path := range sockets {
		_ = os.Remove(path)
	}
}

// shimOf returns the shim of a container.
func shimOf(t *testing.T, id string) int {
	t.Helper()
	for _, pid := range shims(t) {
		if strings.Contains(commandLine(pid), "\x00-id\x00"+id+"\x00") {
			return pid
		}
	}
	t.Fatalf("%s has no shim", id)
	return 0
}

// killSomeShim kills one that serves, if there is one besides that which is spared.
func killSomeShim(spared int) {
	var pids []int
	for _, pid := range shimPids() {
		if pid != spared && strings.Contains(commandLine(pid), "\x00-socket\x00") {
			pids = append(pids, pid)
		}
	}
	if len(pids) > 0 {
		_ = unix.Kill(pids[rand.IntN(len(pids))], unix.SIGKILL)
	}
}
