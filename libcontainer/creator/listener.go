package creator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/seccomp"
)

// awaitListener waits until the init has loaded its filter. The init does not
// report that, because the filter may hold the call that would report it.
func (s *Session) awaitListener() (*os.File, error) {
	pidfd, err := s.Pidfd()
	if err != nil {
		return nil, err
	}
	defer pidfd.Close()
	for {
		said := s.hasSaid() // asked before: it may have become ready meanwhile
		listener, err := seccomp.TakeListener(s.pid, pidfd)
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
func (s *Session) noListener(err error) error {
	m, receiveErr := s.receive()
	if receiveErr != nil || m.Errno != 0 {
		return s.failed(m.reportOnly(), receiveErr)
	}
	m.close()
	return fmt.Errorf("linux.seccomp: the init process has no listener (%v)", err)
}

// hasSaid tells whether the init has reported something, or has ended.
func (s *Session) hasSaid() bool {
	said, err := linux.Readable(int(s.conn.Fd()), 0)
	return len(s.held) > 0 || err == nil && said
}
