package linux

import (
	"time"

	"golang.org/x/sys/unix"
)

// Poll is poll(2) that no signal cuts short. It waits no longer than limit, or
// for ever if limit is below 0, and returns how many of fds have events.
func Poll(fds []unix.PollFd, limit time.Duration) (int, error) {
	var deadline time.Time
	if limit > 0 {
		deadline = time.Now().Add(limit)
	}
	for {
		n, err := ppoll(fds, limit)
		if err != unix.EINTR {
			return n, err
		}
		if limit > 0 {
			limit = max(0, time.Until(deadline))
		}
	}
}

func ppoll(fds []unix.PollFd, limit time.Duration) (int, error) {
	if limit < 0 {
		return unix.Ppoll(fds, nil, nil)
	}
	timeout := unix.NsecToTimespec(int64(limit))
	return unix.Ppoll(fds, &timeout, nil)
}

// Readable waits as [Poll] does, and reports whether a descriptor has something
// to read or is at its end. A pidfd is readable when all threads of its process
// have ended (pidfd_open(2)).
func Readable(fd int, limit time.Duration) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := Poll(fds, limit)
	return n > 0, err
}
