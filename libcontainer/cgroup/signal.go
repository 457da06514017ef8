package cgroup

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// maxBatch is how many processes a signaller opens at a time.
const maxBatch = 1024

// spareDescriptors are as many as it takes to list the processes of a cgroup,
// beside those of a batch.
const spareDescriptors = 4

// signaller sends a signal to processes that were seen in a container's cgroup.
// Their pids may have got to strangers since. So each is opened first, and those
// are signalled that the cgroup still lists then.
type signaller struct {
	config *Config
	sig    unix.Signal
	done   map[process]bool
	batch  map[int]opened // by pid
}

// process is one that was signalled. By its pid alone it could be another one:
// the number of a pidfd's inode is never given away again (Linux 6.9; on older
// kernels all have the same).
type process struct {
	pid   int
	inode uint64
}

// opened is a process of the batch.
type opened struct {
	process
	fd int
}

// signal signals those of pids that it has not signalled before. A container may
// have more processes than this one can have descriptors: it goes batch by batch.
func (s *signaller) signal(pids []int) error {
	for len(pids) > 0 {
		n, err := s.open(pids)
		if err == nil {
			err = s.signalBatch()
		}
		if outOfDescriptors(err) { // the batch has taken the last one without asking for more
			if n = s.giveBack(pids[:n]); n > 0 {
				err = s.signalBatch()
			}
		}
		s.close()
		if err != nil {
			return err
		}
		pids = pids[n:]
	}
	return nil
}

// open opens the next batch, and returns how many of pids it has dealt with. It
// leaves some descriptors for others.
func (s *signaller) open(pids []int) (n int, err error) {
	s.batch = map[int]opened{}
	for n < len(pids) && len(s.batch) < maxBatch {
		err := s.openOne(pids[n])
		switch {
		case outOfDescriptors(err):
			if n = s.giveBack(pids[:n]); n == 0 {
				return 0, err
			}
			return n, nil
		case err != nil:
			return n, err
		}
		n++
	}
	return n, nil
}

// outOfDescriptors reports whether an error says that this process, or the
// machine, can open no more files.
func outOfDescriptors(err error) bool {
	return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)
}

// giveBack closes what was opened last of pids, to have spare descriptors, and
// returns how many pids it has not given back.
func (s *signaller) giveBack(pids []int) int {
	n := len(pids)
	for closed := 0; n > 0 && closed < spareDescriptors; n-- {
		if o, ok := s.batch[pids[n-1]]; ok {
			unix.Close(o.fd)
			delete(s.batch, pids[n-1])
			closed++
		}
	}
	return n
}

// openOne opens a process that was not signalled before. It is none if it has
// ended, or if the pid is that of a thread, which the processes of threaded
// cgroups are known by: EINVAL, or ENOENT since Linux 6.15.
func (s *signaller) openOne(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case nil:
	case unix.ESRCH, unix.EINVAL, unix.ENOENT:
		return nil
	default:
		return fmt.Errorf("open process %d: %w", pid, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return fmt.Errorf("open process %d: %w", pid, err)
	}
	o := opened{process{pid, st.Ino}, fd}
	if _, twice := s.batch[pid]; twice || s.done[o.process] {
		unix.Close(fd)
		return nil
	}
	s.batch[pid] = o
	return nil
}

// signalBatch signals those of the batch that are still in the cgroup.
func (s *signaller) signalBatch() error {
	if len(s.batch) == 0 {
		return nil
	}
	still, err := s.config.Procs()
	if err != nil {
		return fmt.Errorf("list the processes of the container: %w", err)
	}
	for _, pid := range still {
		o, ok := s.batch[pid]
		if !ok || s.done[o.process] {
			continue
		}
		if err := unix.PidfdSendSignal(o.fd, s.sig, nil, 0); err != nil && err != unix.ESRCH {
			return fmt.Errorf("signal process %d: %w", pid, err)
		}
		s.done[o.process] = true
	}
	return nil
}

func (s *signaller) close() {
	for _, o := range s.batch {
		unix.Close(o.fd)
	}
	s.batch = nil
}
