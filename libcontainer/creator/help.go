package creator

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/oci-rt/rt/libcontainer/helper"
	"github.com/oci-rt/rt/libcontainer/mount"
	"golang.org/x/sys/unix"
)

// isRequest reports whether a message asks for help.
func (s *Session) isRequest(m message) bool {
	return len(s.Plan.Requests) > 0 && int(m.Step) == s.Plan.RequestStep
}

// help answers a request of the init.
func (s *Session) help(m message) error {
	defer m.close()
	s.Trace.Waits()
	s.Trace.Did("the init process has asked for help")
	s.helped++
	if !m.hasValue || int64(m.value) >= int64(len(s.Plan.Requests)) {
		return fmt.Errorf("the init process has made request %d of %d", m.value, len(s.Plan.Requests))
	}
	if len(m.files) != 2 || slices.ContainsFunc(m.files, isSocket) {
		return errors.New("the init process sent other descriptors with a request than two of files")
	}
	q := s.Plan.Requests[m.value]
	if q.Kind == mount.MapIDs {
		return s.mapMountIDs(q, m.files)
	}
	err := helper.Answer(s.conn, q, s.Plan.Program.Origin(q.Step), m.files)
	var failed *helper.StepError
	switch {
	case errors.As(err, &failed):
		return &StepError{Origin: failed.Origin, Step: q.Step, Errno: failed.Errno}
	case errors.Is(err, ErrSilent):
		return s.saidWhy()
	}
	return err
}

// isSocket reports whether a descriptor of the init is a socket. A program
// sends none. If it were the init's own end of the connection, or a socket in
// which that end is on its way, the connection would not end with the init.
func isSocket(f *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(f.Fd()), &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFSOCK
}

// mapMountIDs maps the ids of a mount that only the init has, and that only the
// host's root may change. The mapping is the configuration's, whatever the init
// sends.
func (s *Session) mapMountIDs(q mount.Request, files []*os.File) error {
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
		origin := s.Plan.Program.Origin(q.Step)
		if errno == unix.EINVAL {
			origin.Doing, origin.Complete = mount.CannotMap, true
		}
		return &StepError{Origin: origin, Step: q.Step, Errno: errno}
	}
	return helper.GoOn(s.conn)
}
