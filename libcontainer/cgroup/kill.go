package cgroup

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// maxKillRounds bounds how often Kill looks for new processes. Processes that
// are forked by some not yet signalled need another round.
const maxKillRounds = 100

// Kill sends a signal to every process in the container's cgroup and below.
// It does not wait for their end. A cgroup that does not exist or is not
// c.Made has none.
//
// For SIGKILL no process escapes by forking: the kernel does it in one go
// (cgroup.kill, Linux 5.14) where there is a unified hierarchy, and otherwise
// the container is frozen meanwhile. Afterwards it is thawed in any case,
// because a process that the v1 freezer holds does not even die.
func (c *Config) Kill(sig unix.Signal) error {
	if !c.Made {
		return nil
	}
	if sig != unix.SIGKILL {
		return c.signalAll(sig)
	}
	if h := c.unified(); h != nil && writeFile(h.Dir()+"/cgroup.kill", "1") == nil {
		return c.thawBelow()
	}
	// An error means that some do not freeze. They are signalled all the same.
	_ = c.freezeWithin(killFreezeTimeout)
	err := c.signalAll(sig)
	if thawErr := c.thawBelow(); err == nil {
		err = thawErr
	}
	return err
}

// signalAll signals each process once, until it finds no new ones.
func (c *Config) signalAll(sig unix.Signal) error {
	signalled := map[int]bool{}
	for range maxKillRounds {
		pids, err := c.Procs()
		if err != nil {
			return fmt.Errorf("list the processes of the container: %w", err)
		}
		pids = slices.DeleteFunc(pids, func(pid int) bool { return signalled[pid] })
		if len(pids) == 0 {
			return nil
		}
		if err := c.signal(pids, sig); err != nil {
			return err
		}
		for _, pid := range pids {
			signalled[pid] = true
		}
	}
	return errors.New("signal the processes of the container: it forks faster than they can be signalled")
}

// signal signals processes that were seen in the cgroup. Their pids may have
// got to strangers since. So each is opened first, and those are signalled
// that the cgroup still lists then.
func (c *Config) signal(pids []int, sig unix.Signal) error {
	open := map[int]int{}
	defer func() {
		for _, fd := range open {
			unix.Close(fd)
		}
	}()
	for _, pid := range pids {
		if fd, err := unix.PidfdOpen(pid, 0); err == nil {
			open[pid] = fd
		}
	}
	still, err := c.Procs()
	if err != nil {
		return fmt.Errorf("list the processes of the container: %w", err)
	}
	for _, pid := range still {
		fd, ok := open[pid]
		if !ok {
			continue
		}
		if err := unix.PidfdSendSignal(fd, sig, nil, 0); err != nil && err != unix.ESRCH {
			return fmt.Errorf("signal process %d: %w", pid, err)
		}
	}
	return nil
}
