package libcontainer

import (
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/spec"
)

// Start makes a created container execute its program. It returns once the
// kernel has accepted the program, or with the reason why it did not. manager is
// the address of the service manager's socket (NOTIFY_SOCKET), or "": with one,
// for which the container was created too, Start waits until it is ready.
func (s Store) Start(id, manager string) error {
	c, err := s.openLocked(id)
	if err != nil {
		return err
	}
	defer c.Close()
	status, err := c.Status()
	if err != nil {
		return err
	}
	switch status {
	case Created:
		return c.startFor(manager)
	case Stopped:
		return errors.New("cannot start a container that has stopped")
	default:
		return fmt.Errorf("cannot start an already running container: it is %s", status)
	}
}

func (c *Container) start() error {
	if err := c.runStartHooks(); err != nil {
		return errors.Join(err, c.delete())
	}
	c.store.debugf("releases the init process %d", c.state.Init.Pid)
	if err := c.release(); err != nil {
		return err
	}
	c.store.debugf("the init process has executed the program")
	c.state.Phase = state.Running
	if err := c.dir.Save(c.state); err != nil {
		// The program runs, which Status sees without the record.
		c.store.warn(err)
	}
	c.dir.RemoveStartSocket()
	if err := c.runHooks(spec.Poststart, Running, c.state.Init.Pid); err != nil {
		return errors.Join(err, c.delete())
	}
	return nil
}

// release connects to the waiting init, which is the sign to go on, and waits
// for its last word.
func (c *Container) release() error {
	conn, err := c.dir.ConnectForStart()
	if err != nil {
		return fmt.Errorf("%w (the init process %d is not waiting)", err, c.state.Init.Pid)
	}
	defer conn.Close()
	r, err := creator.AwaitExec(conn)
	switch {
	case errors.Is(err, creator.ErrSilent):
		return fmt.Errorf("%w, before it executed the program%s", err, c.explainSilence())
	case err != nil:
		return err
	case r.Errno != 0:
		c.awaitFailed()
		return &creator.StepError{Origin: c.state.LastSteps.Origin(r.Step), Step: int(r.Step), Errno: r.Errno}
	}
	return nil
}

// explainSilence says that the init was killed for lack of memory, or returns "".
func (c *Container) explainSilence() string {
	if oom := c.state.Cgroup.OOM(); oom != "" {
		return ": it " + oom
	}
	return ""
}

// awaitFailed waits for the end of an init that has reported why it does not
// execute the program: an engine that hears of the failure deletes the
// container at once, and containerd refuses to delete one that it does not
// know as stopped yet.
func (c *Container) awaitFailed() {
	init, err := c.state.Init.Open()
	if err != nil {
		return // it has ended
	}
	defer init.Close()
	_ = c.awaitEnd(init)
}
