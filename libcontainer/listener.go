package libcontainer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// passListener brings the agent of the container's seccomp filter the descriptor
// that it listens on, and waits until the init is ready.
//
// Preconditions: the init has reported that it loads the filter next.
func (s *starter) passListener(c *specs.Spec, state specs.State) error {
	listener, err := s.awaitListener()
	if err != nil {
		return err
	}
	defer listener.Close()
	message := plainjson.Append(nil, specs.ContainerProcessState{
		Version:  specs.Version,
		Fds:      []string{specs.SeccompFdName},
		Pid:      s.init.pid,
		Metadata: c.Linux.Seccomp.ListenerMetadata,
		State:    state,
	})
	path, agent := spec.SeccompAgent(c)
	if err := seccomp.Send(agent, message, listener); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return s.await()
}

// awaitListener waits until the init has loaded its filter, which it does not
// tell: the filter may hold whatever it would tell it with.
func (s *starter) awaitListener() (*os.File, error) {
	pidfd, err := s.init.pidfd()
	if err != nil {
		return nil, err
	}
	defer pidfd.Close()
	for {
		said := s.hasSaid() // asked before: it may have become ready meanwhile
		listener, err := seccomp.TakeListener(s.init.pid, pidfd)
		switch {
		case listener != nil:
			return listener, nil
		case said:
			return nil, s.noListener(err)
		case errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0:
			return nil, fmt.Errorf("linux.seccomp: an ordinary user cannot take the listener for the agent from this process: %w", err)
		case err != nil:
			return nil, fmt.Errorf("linux.seccomp: %w", err)
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// noListener explains why an init that has said something has no listener.
func (s *starter) noListener(err error) error {
	if failed := s.await(); failed != nil {
		return failed
	}
	return fmt.Errorf("linux.seccomp: the init process has no listener (%v)", err)
}

// hasSaid tells whether the init has reported something, or has ended.
func (s *starter) hasSaid() bool {
	fds := []unix.PollFd{{Fd: int32(s.init.sync.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

// bringListener is passListener for a container that is being made.
func (b *birth) bringListener() error {
	if !b.layout.listens {
		return nil
	}
	return b.passListener(b.cfg.Spec, specs.State{
		Version:     b.state.OCIVersion,
		ID:          b.state.ID,
		Status:      specs.StateCreating,
		Pid:         b.init.pid,
		Bundle:      b.state.Bundle,
		Annotations: b.state.Annotations,
	})
}

// bringListener is passListener for another process of a container.
func (e *execution) bringListener() error {
	if !e.layout.listens {
		return nil
	}
	info, err := e.Info()
	if err != nil {
		return err
	}
	return e.passListener(e.spec, info.State)
}
