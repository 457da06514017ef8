package task

import (
	"encoding/json"
	"testing"

	v1 "github.com/containerd/cgroups/v3/cgroup1/stats"
	v2 "github.com/containerd/cgroups/v3/cgroup2/stats"
	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/oci-rt/rt/shim/metrics"
	"github.com/opencontainers/runtime-spec/specs-go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/anypb"
)

// TestUpdate changes a limit, which the statistics show then. A wrong one changes nothing.
func TestUpdate(t *testing.T) {
	s := newShim(t)
	s.run(t, "c", "sleep", "1000")
	update := func(r *specs.LinuxResources) *api.UpdateTaskRequest {
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return &api.UpdateTaskRequest{ID: "c", Resources: &anypb.Any{Value: data}}
	}
	const limit = 30 << 20
	bytes, processes := int64(limit), int64(17)
	must(t, s.Update, update(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &bytes}, Pids: &specs.LinuxPids{Limit: &processes}}))
	if memory, pids := limits(t, s, "c"); memory != limit || pids != 17 {
		t.Errorf("limits %d and %d", memory, pids)
	}
	refused(t, codes.InvalidArgument, s.Update, &api.UpdateTaskRequest{ID: "c", Resources: &anypb.Any{Value: []byte(`{"memory": {"limit": "much"}}`)}})
	if memory, _ := limits(t, s, "c"); memory != limit {
		t.Errorf("limit %d", memory)
	}
	s.end(t, "c")
}

// limits returns those of memory and processes.
func limits(t *testing.T, s *shim, id string) (memory, pids uint64) {
	t.Helper()
	stats := must(t, s.Stats, &api.StatsRequest{ID: id}).Stats
	if metrics.Unified() {
		m := new(v2.Metrics)
		if err := stats.UnmarshalTo(m); err != nil {
			t.Fatal(err)
		}
		return m.GetMemory().GetUsageLimit(), m.GetPids().GetLimit()
	}
	m := new(v1.Metrics)
	if err := stats.UnmarshalTo(m); err != nil {
		t.Fatal(err)
	}
	return m.GetMemory().GetUsage().GetLimit(), m.GetPids().GetLimit()
}
