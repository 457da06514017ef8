package task

import (
	"context"

	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/shim/metrics"
)

// Stats tells what a container has used so far.
func (s *Service) Stats(_ context.Context, r *api.StatsRequest) (*api.StatsResponse, error) {
	c, err := s.container(r.ID)
	if err != nil {
		return nil, err
	}
	var used *libcontainer.Stats
	err = c.with(func(lib *libcontainer.Container) error {
		used, err = lib.Stats()
		return err
	})
	if err != nil {
		return nil, err
	}
	packed, err := pack(metrics.Of(used, metrics.Unified()))
	return &api.StatsResponse{Stats: packed}, err
}
