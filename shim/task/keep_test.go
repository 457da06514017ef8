package task

import (
	"fmt"
	"sync"
	"testing"

	api "github.com/containerd/containerd/api/runtime/task/v3"
)

// TestExecsAtOnce has execs at the same time in a container that is opened once for all of
// them, and closed with its end. An exec before its start opens it for itself.
func TestExecsAtOnce(t *testing.T) {
	s := newShim(t)
	s.create(t, "c", "sleep", "1000")
	s.exec(t, "c", "before", "busybox", "true")
	if _, err := call(t, s.Start, &api.StartRequest{ID: "c", ExecID: "before"}); err != nil {
		t.Error(err)
	}
	c := s.containers["c"]
	if c.kept != nil {
		t.Error("is kept before it runs")
	}
	must(t, s.Start, &api.StartRequest{ID: "c"})
	const execs = 8
	for i := range execs {
		s.exec(t, "c", fmt.Sprint(i), "busybox", "sh", "-c", fmt.Sprintf("exit %d", i))
	}
	var group sync.WaitGroup
	for i := range execs {
		group.Go(func() {
			if _, err := call(t, s.Start, &api.StartRequest{ID: "c", ExecID: fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i := range execs {
		if w := must(t, s.Wait, &api.WaitRequest{ID: "c", ExecID: fmt.Sprint(i)}); w.ExitStatus != uint32(i) {
			t.Errorf("exec %d has ended with %d", i, w.ExitStatus)
		}
	}
	if c.kept == nil {
		t.Error("is not kept while it runs")
	}
	s.end(t, "c")
	if c.kept != nil {
		t.Error("is kept behind its end")
	}
}
