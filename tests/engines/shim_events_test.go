package engines

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// watchEvents returns what gives the topics of the events of a task so far.
func (e *engine) watchEvents(t *testing.T, id string) func() []string {
	t.Helper()
	file, err := os.Create(e.path("events"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := e.command(ctx, "events")
	cmd.Stdout = file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		file.Close()
	})
	// It listens when it shows the first event.
	if !poll(func() bool {
		e.ok(t, "namespaces", "label", ctrNamespace, "a="+strconv.Itoa(os.Getpid()))
		data, _ := os.ReadFile(file.Name())
		return len(data) > 0
	}) {
		t.Fatal("ctr events shows nothing")
	}
	return func() (topics []string) {
		data, _ := os.ReadFile(file.Name())
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			if i := slices.IndexFunc(f, func(s string) bool { return strings.HasPrefix(s, "/tasks/") }); i >= 0 && strings.Contains(line, id) {
				topics = append(topics, f[i])
			}
		}
		return topics
	}
}

// TestShimEvents has a container that dies for lack of memory: what it has died of is
// told before its end, and its start before both.
func TestShimEvents(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		topics := e.watchEvents(t, "demo")
		eat := "x=a; while :; do x=$x$x; done"
		e.ok(t, e.shimRun("demo", []string{"--detach", "--memory-limit=20971520"}, "sh", "-c", eat)...)
		e.awaitTask(t, "demo", "STOPPED")
		e.run(t, "tasks", "delete", "demo")
		e.ok(t, "containers", "delete", "demo")
		want := []string{"/tasks/create", "/tasks/start", "/tasks/oom", "/tasks/exit", "/tasks/delete"}
		if !poll(func() bool { return slices.Contains(topics(), "/tasks/delete") }) || !slices.Equal(slices.Compact(topics()), want) {
			t.Errorf("events %v, want %v", topics(), want)
		}
	})
}

// TestShimRestart kills containerd. The next one finds the container as it was.
func TestShimRestart(t *testing.T) {
	eachContainerd(t, func(t *testing.T, e *engine) {
		e.ok(t, e.shimRun("demo", []string{"--detach"}, "sh", "-c", untilTerm)...)
		e.ok(t, e.shimRun("ends", []string{"--detach"}, "sh", "-c", "sleep 1; exit 7")...)
		killContainerd(t, e)
		e.startDaemon(t, func() bool { return e.run(t, "version").status == 0 }, "containerd", "--config", e.path("config.toml"), "--log-level", "warn")
		e.awaitTask(t, "demo", "RUNNING")
		e.prints(t, "in", "tasks", "exec", "--exec-id", "e1", "demo", "echo", "in")
		e.awaitTask(t, "ends", "STOPPED")
		if r := e.run(t, "tasks", "delete", "ends"); r.status != 7 && !strings.Contains(r.stderr, "exit code 7") {
			t.Errorf("tasks delete: %+v, want status 7", r)
		}
		e.ok(t, "tasks", "kill", "-s", "SIGTERM", "demo")
		e.awaitTask(t, "demo", "STOPPED")
		e.run(t, "tasks", "delete", "demo")
		e.ok(t, "containers", "delete", "demo", "ends")
		checkShimGone(t)
	})
}

// killContainerd kills the daemon of the engine, and nothing else: a child that it has just
// forked still has its command line.
func killContainerd(t *testing.T, e *engine) {
	t.Helper()
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	parents := map[int]int{}
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err == nil && strings.HasPrefix(commandLine(pid), "containerd\x00--config\x00"+e.path("config.toml")+"\x00") {
			parents[pid] = leak.Stat(dir, 4)
		}
	}
	killed := 0
	for pid, parent := range parents {
		if _, forked := parents[parent]; forked {
			continue
		}
		if err := unix.Kill(pid, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		killed++
	}
	if killed != 1 {
		t.Fatalf("killed %d daemons", killed)
	}
}
