package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/oci-rt/rt/libcontainer/helper"
	"github.com/oci-rt/rt/libcontainer/mount"
	"golang.org/x/sys/unix"
)

// maxRequests is how often an init may ask for help. Each request of a
// configuration that can be met is met at once; more come from a rootfs that
// somebody changes all the time.
const maxRequests = 10000

// awaitAnswering is await that answers the init's requests meanwhile (see
// package helper) and takes its terminal.
func (s *starter) awaitAnswering() error {
	for range maxRequests {
		m, err := s.init.receiveMessage()
		if err != nil || m.Errno != 0 {
			return s.initFailed(m.reportOnly(), err)
		}
		switch {
		case len(m.files) == 0:
			return nil
		case m.hasValue:
			err = s.answer(m)
		case s.layout.sendsRoot && s.root == nil && !s.awaitsTerminal():
			return s.takeRoot(m)
		default:
			err = s.takeTerminal(m)
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("the init process has asked for help %d times", maxRequests)
}

// takeRoot takes the root directory that comes with the report of an init that
// has built its container.
func (s *starter) takeRoot(m message) error {
	if len(m.files) != 1 {
		helper.Close(m.files)
		return errors.New("the init process sent more than its root directory")
	}
	s.root = m.files[0]
	return nil
}

// answer does what the init asks for.
func (s *starter) answer(m message) error {
	defer helper.Close(m.files)
	if m.value >= uint64(len(s.layout.requests)) {
		return fmt.Errorf("the init process has made request %d of %d", m.value, len(s.layout.requests))
	}
	if slices.ContainsFunc(m.files, isSocket) {
		return errors.New("the init process sent a socket with a request")
	}
	q := s.layout.requests[m.value]
	if q.Kind == mount.MapIDs {
		return s.mapMountIDs(q, m.files)
	}
	err := helper.Answer(s.init.sync, q, s.prog.Origin(q.Step), m.files)
	var failed *helper.StepError
	switch {
	case errors.As(err, &failed):
		return &StepError{Origin: failed.Origin, Step: q.Step, Errno: failed.Errno}
	case errors.Is(err, errSilent):
		return s.initFailed(s.init.receive())
	}
	return err
}

// isSocket reports whether a descriptor of the init is a socket, which none is that
// a program sends. If it was the init's own end of the connection, or one with
// that on its way, the connection would not end with the init.
func isSocket(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFSOCK
}

// mapMountIDs maps the ids of a mount that only the init has, and only the host's
// root may change. The mapping is the configuration's, whatever the init sends.
func (s *starter) mapMountIDs(q mount.Request, files []*os.File) error {
	userns, err := openIDMap(*q.IDMap)
	if err != nil {
		return fmt.Errorf("user namespace for the ids of a mount: %w", err)
	}
	defer userns.Close()
	flags := uint(unix.AT_EMPTY_PATH)
	if q.Recursive {
		flags |= unix.AT_RECURSIVE
	}
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(userns.Fd())}
	err = unix.MountSetattr(int(files[0].Fd()), "", flags, &attr)
	if errno, failed := err.(unix.Errno); failed {
		origin := s.prog.Origin(q.Step)
		if errno == unix.EINVAL {
			origin.Doing, origin.Complete = mount.CannotMap, true
		}
		return &StepError{Origin: origin, Step: q.Step, Errno: errno}
	}
	return helper.GoOn(s.init.sync)
}
