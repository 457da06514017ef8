package task

import (
	"testing"

	v1 "github.com/containerd/cgroups/v3/cgroup1/stats"
	v2 "github.com/containerd/cgroups/v3/cgroup2/stats"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/oci-rt/rt/shim/metrics"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestStatsOfStopped has a container that has died for lack of memory. Until it is
// deleted its counters tell that: containerd's CRI plugin looks there.
func TestStatsOfStopped(t *testing.T) {
	s := newShim(t)
	limit := int64(20 << 20)
	s.createWith(t, "c", func(c *specs.Spec) {
		c.Linux.Resources.Memory = &specs.LinuxMemory{Limit: &limit}
	}, "sh", "-c", "x=a; while :; do x=$x$x; done")
	must(t, s.Start, &api.StartRequest{ID: "c"})
	if w := must(t, s.Wait, &api.WaitRequest{ID: "c"}); w.ExitStatus != 137 {
		t.Errorf("exit status %d", w.ExitStatus)
	}
	if kills, cpu := counted(t, s, "c"); kills == 0 || cpu == 0 {
		t.Errorf("%d processes were killed, CPU time %d", kills, cpu)
	}
	must(t, s.Delete, &api.DeleteRequest{ID: "c"})
}

// counted returns how many processes were killed for lack of memory, and the CPU time.
func counted(t *testing.T, s *shim, id string) (kills, cpu uint64) {
	t.Helper()
	stats := must(t, s.Stats, &api.StatsRequest{ID: id}).Stats
	if metrics.Unified() {
		m := new(v2.Metrics)
		if err := stats.UnmarshalTo(m); err != nil {
			t.Fatal(err)
		}
		return m.GetMemoryEvents().GetOomKill(), m.GetCPU().GetUsageUsec()
	}
	m := new(v1.Metrics)
	if err := stats.UnmarshalTo(m); err != nil {
		t.Fatal(err)
	}
	return m.GetMemoryOomControl().GetOomKill(), m.GetCPU().GetUsage().GetTotal()
}
