package task

import (
	"fmt"
	"os"
	"strings"
	"testing"

	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/types/runc/options"
	tasktypes "github.com/containerd/containerd/api/types/task"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestSystemd has a container in a unit of systemd, as with a kubelet that uses it.
func TestSystemd(t *testing.T) {
	s := newShim(t)
	need.Systemd(t)
	dir := s.bundle(t, "c", func(c *specs.Spec) {
		c.Linux.CgroupsPath = "system.slice:rt-shim:" + s.mark.Tag
	}, "sleep", "1000")
	must(t, s.Create, &api.CreateTaskRequest{ID: "c", Bundle: dir, Options: packed(t, &options.Options{Root: s.mark.State, SystemdCgroup: true})})
	must(t, s.Start, &api.StartRequest{ID: "c"})
	pid := s.is(t, "c", "", tasktypes.Status_RUNNING).Pid
	s.exec(t, "c", "e", "busybox", "sleep", "1000")
	other := must(t, s.Start, &api.StartRequest{ID: "c", ExecID: "e"}).Pid
	for _, pid := range []uint32{pid, other} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		if want := "/system.slice/rt-shim-" + s.mark.Tag + ".scope"; err != nil || !strings.Contains(string(text), want) {
			t.Errorf("process %d is not in %s: %v\n%s", pid, want, err, text)
		}
	}
	if _, cpu := counted(t, s, "c"); cpu == 0 {
		t.Error("no CPU time")
	}
	must(t, s.Pause, &api.PauseRequest{ID: "c"})
	s.is(t, "c", "", tasktypes.Status_PAUSED)
	must(t, s.Resume, &api.ResumeRequest{ID: "c"})
	s.end(t, "c")
}
