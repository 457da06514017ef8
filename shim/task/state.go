package task

import (
	"context"
	"os"

	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/containerd/api/types/task"
	"github.com/oci-rt/rt/libcontainer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// State tells how far a process has come.
func (s *Service) State(_ context.Context, r *api.StateRequest) (*api.StateResponse, error) {
	c, p, err := s.process(r.ID, r.ExecID)
	if err != nil {
		return nil, err
	}
	id := p.execID
	if id == "" {
		id = c.id
	}
	phase, e := p.state()
	return &api.StateResponse{
		ID:         id,
		Bundle:     c.bundle,
		Pid:        uint32(e.Pid),
		Status:     c.status(phase),
		Stdin:      p.names.Stdin,
		Stdout:     p.names.Stdout,
		Stderr:     p.names.Stderr,
		Terminal:   p.names.Terminal,
		ExitStatus: uint32(e.Status),
		ExitedAt:   timestamp(e),
		ExecID:     p.execID,
	}, nil
}

// status is what containerd calls a phase. What is in a paused container is paused.
func (c *container) status(p phase) task.Status {
	switch {
	case p >= stopped:
		return task.Status_STOPPED
	case c.paused.Load():
		return task.Status_PAUSED
	case p == running:
		return task.Status_RUNNING
	}
	return task.Status_CREATED
}

// Pids lists everything that runs in a container. Those processes that containerd has
// started have their ids.
func (s *Service) Pids(_ context.Context, r *api.PidsRequest) (*api.PidsResponse, error) {
	c, err := s.container(r.ID)
	if err != nil {
		return nil, err
	}
	var pids []int
	if phase, _ := c.init.state(); phase == created || phase == running {
		err = c.with(func(lib *libcontainer.Container) error {
			pids, err = lib.Processes()
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	ids := c.execIDs()
	resp := &api.PidsResponse{}
	for _, pid := range pids {
		info := &task.ProcessInfo{Pid: uint32(pid)}
		if id, ok := ids[pid]; ok {
			if info.Info, err = pack(&options.ProcessDetails{ExecID: id}); err != nil {
				return nil, err
			}
		}
		resp.Processes = append(resp.Processes, info)
	}
	return resp, nil
}

// execIDs returns the ids of the other processes that run, by their pids.
func (c *container) execIDs() map[int]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := make(map[int]string, len(c.execs))
	for id, p := range c.execs {
		if phase, e := p.state(); phase == running {
			ids[e.Pid] = id
		}
	}
	return ids
}

// Wait waits for the end of a process.
func (s *Service) Wait(ctx context.Context, r *api.WaitRequest) (*api.WaitResponse, error) {
	_, p, err := s.process(r.ID, r.ExecID)
	if err != nil {
		return nil, err
	}
	e, err := p.wait(ctx)
	if err != nil {
		return nil, err
	}
	return &api.WaitResponse{ExitStatus: uint32(e.Status), ExitedAt: timestamp(e)}, nil
}

// Connect tells who serves and, if the container is there, its first process.
func (s *Service) Connect(_ context.Context, r *api.ConnectRequest) (*api.ConnectResponse, error) {
	resp := &api.ConnectResponse{ShimPid: uint32(os.Getpid())}
	if c, err := s.container(r.ID); err == nil {
		resp.TaskPid = uint32(c.init.pid())
	}
	return resp, nil
}

// Shutdown ends the shim, unless it has a container.
func (s *Service) Shutdown(context.Context, *api.ShutdownRequest) (*emptypb.Empty, error) {
	if s.idle() {
		s.cfg.Shutdown()
	}
	return &emptypb.Empty{}, nil
}

// pack packs a message as containerd does: its type is the bare name.
func pack(m proto.Message) (*anypb.Any, error) {
	value, err := proto.Marshal(m)
	return &anypb.Any{TypeUrl: string(m.ProtoReflect().Descriptor().FullName()), Value: value}, err
}
