package task

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/types/runc/options"
	tasktypes "github.com/containerd/containerd/api/types/task"
	"github.com/oci-rt/rt/tests/need"
	"google.golang.org/grpc/codes"
)

// TestRestore saves a container, ends it, and makes another one of what was saved.
func TestRestore(t *testing.T) {
	s := newShim(t)
	need.CRIU(t)
	// CRIU ends a system call that sleeps, and busybox's sleep may end with it.
	loop := []string{"sh", "-c", "while :; do busybox sleep 0.1; done"}
	s.run(t, "c", loop...)
	images := filepath.Join(s.mark.Dir, "images")
	must(t, s.Checkpoint, &api.CheckpointTaskRequest{ID: "c", Path: images, Options: packed(t, &options.CheckpointOptions{Exit: true})})
	if w := must(t, s.Wait, &api.WaitRequest{ID: "c"}); w.ExitStatus != 137 { // CRIU kills it
		t.Errorf("exit status %d", w.ExitStatus)
	}
	must(t, s.Delete, &api.DeleteRequest{ID: "c"})
	dir := s.bundle(t, "d", nil, loop...)
	must(t, s.Create, &api.CreateTaskRequest{ID: "d", Bundle: dir, Checkpoint: images, Options: s.options(t)})
	s.is(t, "d", "", tasktypes.Status_CREATED)
	must(t, s.Start, &api.StartRequest{ID: "d"})
	s.is(t, "d", "", tasktypes.Status_RUNNING)
	s.exec(t, "d", "e", "busybox", "true")
	must(t, s.Start, &api.StartRequest{ID: "d", ExecID: "e"})
	must(t, s.Wait, &api.WaitRequest{ID: "d", ExecID: "e"})
	s.end(t, "d")
	if !slices.Contains(s.events(), "/tasks/checkpointed") {
		t.Errorf("events %q", s.events())
	}
}

// TestRestoreFails has a container of a checkpoint that is not there. Whoever waits for it
// hears of its end when it is deleted.
func TestRestoreFails(t *testing.T) {
	s := newShim(t)
	dir := s.bundle(t, "c", nil, "sleep", "1000")
	r := &api.CreateTaskRequest{ID: "c", Bundle: dir, Checkpoint: filepath.Join(s.mark.Dir, "none"), Options: s.options(t)}
	r.ParentCheckpoint = "sha256:parent"
	refused(t, codes.Unimplemented, s.Create, r)
	r.ParentCheckpoint = ""
	must(t, s.Create, r)
	ended := make(chan uint32, 1)
	go func() {
		w, err := call(t, s.Wait, &api.WaitRequest{ID: "c"})
		if err != nil {
			t.Error(err)
		}
		ended <- w.GetExitStatus()
	}()
	if err := refused(t, codes.Unknown, s.Start, &api.StartRequest{ID: "c"}); err != nil && !strings.Contains(err.Error(), "none") {
		t.Errorf("start: %v", err)
	}
	must(t, s.Delete, &api.DeleteRequest{ID: "c"})
	if status := <-ended; status != statusFailed {
		t.Errorf("exit status %d, want %d", status, statusFailed)
	}
}

// TestCheckpointRefused has options that make no sense. The container runs on.
func TestCheckpointRefused(t *testing.T) {
	s := newShim(t)
	s.run(t, "c", "sleep", "1000")
	for _, o := range []*options.CheckpointOptions{{CgroupsMode: "nonsense"}, {EmptyNamespaces: []string{"pid"}}} {
		refused(t, codes.InvalidArgument, s.Checkpoint, &api.CheckpointTaskRequest{ID: "c", Path: s.mark.Dir, Options: packed(t, o)})
	}
	refused(t, codes.InvalidArgument, s.Checkpoint, &api.CheckpointTaskRequest{ID: "c", Options: packed(t, &options.Options{Root: "/x"})})
	s.is(t, "c", "", tasktypes.Status_RUNNING)
	s.end(t, "c")
}
