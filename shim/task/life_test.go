package task

import (
	"slices"
	"strings"
	"sync"
	"testing"

	api "github.com/containerd/containerd/api/runtime/task/v3"
	tasktypes "github.com/containerd/containerd/api/types/task"
	"github.com/opencontainers/runtime-spec/specs-go"
	"google.golang.org/grpc/codes"
)

// TestLife has every request of a container's life, and the events in order.
func TestLife(t *testing.T) {
	s := newShim(t)
	s.create(t, "c", "sleep", "1000")
	s.is(t, "c", "", tasktypes.Status_CREATED)
	must(t, s.Start, &api.StartRequest{ID: "c"})
	pid := s.is(t, "c", "", tasktypes.Status_RUNNING).Pid

	s.exec(t, "c", "e", "busybox", "sh", "-c", "exit 7")
	s.is(t, "c", "e", tasktypes.Status_CREATED)
	must(t, s.Start, &api.StartRequest{ID: "c", ExecID: "e"})
	if w := must(t, s.Wait, &api.WaitRequest{ID: "c", ExecID: "e"}); w.ExitStatus != 7 || w.ExitedAt == nil {
		t.Errorf("wait: %v", w)
	}
	if d := must(t, s.Delete, &api.DeleteRequest{ID: "c", ExecID: "e"}); d.ExitStatus != 7 {
		t.Errorf("delete: %v", d)
	}
	must(t, s.Pause, &api.PauseRequest{ID: "c"})
	s.is(t, "c", "", tasktypes.Status_PAUSED)
	must(t, s.Resume, &api.ResumeRequest{ID: "c"})
	if p := must(t, s.Pids, &api.PidsRequest{ID: "c"}); len(p.Processes) != 1 || p.Processes[0].Pid != pid {
		t.Errorf("pids: %v, want %d", p, pid)
	}
	if c := must(t, s.Connect, &api.ConnectRequest{ID: "c"}); c.TaskPid != pid {
		t.Errorf("connect: %v", c)
	}
	refused(t, codes.FailedPrecondition, s.Delete, &api.DeleteRequest{ID: "c"})
	refused(t, codes.FailedPrecondition, s.Start, &api.StartRequest{ID: "c"})
	s.end(t, "c")
	want := []string{
		"/tasks/create", "/tasks/start", "/tasks/exec-added e", "/tasks/exec-started e", "/tasks/exit 7",
		"/tasks/paused", "/tasks/resumed", "/tasks/exit 137", "/tasks/delete 137",
	}
	if got := s.events(); !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

// TestUnknown has requests for what is not there: NotFound each, and no other effect.
func TestUnknown(t *testing.T) {
	s := newShim(t)
	s.run(t, "c", "sleep", "1000")
	for _, id := range []string{"", "nosuch"} {
		refused(t, codes.NotFound, s.State, &api.StateRequest{ID: id})
		refused(t, codes.NotFound, s.Start, &api.StartRequest{ID: id})
		refused(t, codes.NotFound, s.Delete, &api.DeleteRequest{ID: id})
		refused(t, codes.NotFound, s.Pids, &api.PidsRequest{ID: id})
		refused(t, codes.NotFound, s.Pause, &api.PauseRequest{ID: id})
		refused(t, codes.NotFound, s.Resume, &api.ResumeRequest{ID: id})
		refused(t, codes.NotFound, s.Checkpoint, &api.CheckpointTaskRequest{ID: id})
		refused(t, codes.NotFound, s.Kill, &api.KillRequest{ID: id, Signal: 9})
		refused(t, codes.NotFound, s.Exec, &api.ExecProcessRequest{ID: id, ExecID: "e"})
		refused(t, codes.NotFound, s.ResizePty, &api.ResizePtyRequest{ID: id})
		refused(t, codes.NotFound, s.CloseIO, &api.CloseIORequest{ID: id, Stdin: true})
		refused(t, codes.NotFound, s.Update, &api.UpdateTaskRequest{ID: id})
		refused(t, codes.NotFound, s.Wait, &api.WaitRequest{ID: id})
		refused(t, codes.NotFound, s.Stats, &api.StatsRequest{ID: id})
	}
	refused(t, codes.NotFound, s.State, &api.StateRequest{ID: "c", ExecID: "nosuch"})
	refused(t, codes.NotFound, s.Start, &api.StartRequest{ID: "c", ExecID: "nosuch"})
	refused(t, codes.NotFound, s.Wait, &api.WaitRequest{ID: "c", ExecID: "nosuch"})
	refused(t, codes.NotFound, s.Kill, &api.KillRequest{ID: "c", ExecID: "nosuch", Signal: 9})
	refused(t, codes.NotFound, s.Delete, &api.DeleteRequest{ID: "c", ExecID: "nosuch"})
	s.is(t, "c", "", tasktypes.Status_RUNNING)
	s.end(t, "c")
}

// TestTwoDeletes has two at once: one of them removes the container.
func TestTwoDeletes(t *testing.T) {
	s := newShim(t)
	s.run(t, "c", "true")
	must(t, s.Wait, &api.WaitRequest{ID: "c"})
	const clients = 8
	errs := make([]error, clients)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = call(t, s.Delete, &api.DeleteRequest{ID: "c"}) })
	}
	group.Wait()
	done := 0
	for _, err := range errs {
		switch {
		case err == nil:
			done++
		case !strings.Contains(err.Error(), "not found"):
			t.Errorf("another delete: %v", err)
		}
	}
	if done != 1 {
		t.Errorf("%d deletes succeeded", done)
	}
}

// TestExecFails has a program that is not there. What waits for it hears of it.
func TestExecFails(t *testing.T) {
	s := newShim(t)
	s.run(t, "c", "sleep", "1000")
	s.exec(t, "c", "e", "no-such-program")
	err := refused(t, codes.Unknown, s.Start, &api.StartRequest{ID: "c", ExecID: "e"})
	if err == nil || !strings.Contains(err.Error(), `process.args[0]: exec: "no-such-program": executable file not found in $PATH`) {
		t.Errorf("start: %v", err)
	}
	s.is(t, "c", "e", tasktypes.Status_STOPPED)
	if w := must(t, s.Wait, &api.WaitRequest{ID: "c", ExecID: "e"}); w.ExitStatus != statusFailed {
		t.Errorf("wait: %v", w)
	}
	refused(t, codes.FailedPrecondition, s.Start, &api.StartRequest{ID: "c", ExecID: "e"})
	must(t, s.Delete, &api.DeleteRequest{ID: "c", ExecID: "e"})
	s.end(t, "c")
	if slices.ContainsFunc(s.events(), func(e string) bool { return strings.HasPrefix(e, "/tasks/exec-started") }) {
		t.Errorf("events %q", s.events())
	}
}

// TestCreateFails has containers that cannot be made: nothing is left, and the id is free.
func TestCreateFails(t *testing.T) {
	s := newShim(t)
	dir := s.bundle(t, "c", nil, "sleep", "1000")
	refused(t, codes.InvalidArgument, s.Create, &api.CreateTaskRequest{ID: "c"})
	garbage := s.options(t)
	garbage.Value = []byte("\xff\xff garbage")
	refused(t, codes.InvalidArgument, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Options: garbage})
	refused(t, codes.Unknown, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir + "/nosuch", Options: s.options(t)})
	refused(t, codes.Unknown, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Stdin: dir + "/no-fifo", Options: s.options(t)})
	refused(t, codes.InvalidArgument, s.Create, &api.CreateTaskRequest{ID: "../c", Bundle: dir, Options: s.options(t)})
	must(t, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Options: s.options(t)})
	refused(t, codes.AlreadyExists, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Options: s.options(t)})
	must(t, s.Delete, &api.DeleteRequest{ID: "c"}) // before its start
}

// TestPhrases: a failure has rt's words, and those of runc that people search for.
func TestPhrases(t *testing.T) {
	s := newShim(t)
	dir := s.bundle(t, "c", func(c *specs.Spec) {
		c.Mounts = append(c.Mounts, specs.Mount{Destination: "/mnt", Type: "nofs", Source: "none"})
	}, "true")
	err := refused(t, codes.Unknown, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Options: s.options(t)})
	for _, want := range []string{"mounts[7] (/mnt): ", `[runc: error mounting to rootfs at "/mnt"]`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestArguments has requests that make no sense.
func TestArguments(t *testing.T) {
	s := newShim(t)
	s.run(t, "c", "sleep", "1000")
	refused(t, codes.InvalidArgument, s.Kill, &api.KillRequest{ID: "c"})
	refused(t, codes.InvalidArgument, s.Kill, &api.KillRequest{ID: "c", Signal: 65})
	refused(t, codes.InvalidArgument, s.Exec, &api.ExecProcessRequest{ID: "c"})
	refused(t, codes.InvalidArgument, s.Exec, &api.ExecProcessRequest{ID: "c", ExecID: "e"})
	refused(t, codes.InvalidArgument, s.Update, &api.UpdateTaskRequest{ID: "c"})
	s.end(t, "c")
}
