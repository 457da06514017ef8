package task

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	api "github.com/containerd/containerd/api/runtime/task/v3"
	tasktypes "github.com/containerd/containerd/api/types/task"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// fifo makes one in the directory of the tests.
func (s *shim) fifo(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(s.mark.Dir, name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestReaderGone has output whose reader goes away: the container does not notice.
func TestReaderGone(t *testing.T) {
	s := newShim(t)
	out := s.fifo(t, "out")
	reader, err := os.OpenFile(out, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	dir := s.bundle(t, "c", nil, "sh", "-c", "echo first; busybox sleep 0.3; i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done; exit 3")
	must(t, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Stdout: out, Options: s.options(t)})
	must(t, s.Start, &api.StartRequest{ID: "c"})
	reader.Close()
	// What fills the fifo waits for the next reader, as when an engine starts anew: so the
	// container stands still, and can be killed.
	time.Sleep(time.Second)
	s.is(t, "c", "", tasktypes.Status_RUNNING)
	s.end(t, "c")
}

// TestFullPipe has output that nobody takes. The container is killed, its end is told, and
// it can be deleted, if not at once.
func TestFullPipe(t *testing.T) {
	s := newShim(t)
	out := s.fifo(t, "out")
	reader, err := os.OpenFile(out, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	dir := s.bundle(t, "c", nil, "yes")
	must(t, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Stdout: out, Options: s.options(t)})
	must(t, s.Start, &api.StartRequest{ID: "c"})
	time.Sleep(200 * time.Millisecond)
	must(t, s.Kill, &api.KillRequest{ID: "c", Signal: 9})
	if w := must(t, s.Wait, &api.WaitRequest{ID: "c"}); w.ExitStatus != 137 {
		t.Errorf("exit status %d", w.ExitStatus)
	}
	must(t, s.Delete, &api.DeleteRequest{ID: "c"})
}

// TestNoReader has output that nobody begins to read: Create waits as long as containerd
// does, and leaves nothing.
func TestNoReader(t *testing.T) {
	s := newShim(t)
	dir := s.bundle(t, "c", nil, "true")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := s.Create(ctx, &api.CreateTaskRequest{ID: "c", Bundle: dir, Stdout: s.fifo(t, "out"), Options: s.options(t)})
	if err == nil || status.Code(toStatus(err)) != codes.DeadlineExceeded {
		t.Errorf("create: %v", err)
	}
	must(t, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Options: s.options(t)})
	must(t, s.Delete, &api.DeleteRequest{ID: "c"})
}
