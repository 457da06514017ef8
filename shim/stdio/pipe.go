package stdio

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipe is a pipe between a container and the shim.
type pipe struct {
	theirs *os.File // blocks, as programs expect
	ours   int      // does not block
}

// newPipe makes a pipe that the container reads or writes. The container's user
// owns it and so can open /dev/stdout again, which takes permission on the
// pipe's inode (proc(5), /proc/pid/fd).
func newPipe(theyRead bool, uid, gid int) (pipe, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return pipe{}, os.NewSyscallError("pipe2", err)
	}
	p := pipe{ours: fds[0]}
	theirs := fds[1]
	if theyRead {
		theirs, p.ours = fds[0], fds[1]
	}
	p.theirs = os.NewFile(uintptr(theirs), "pipe")
	err := unix.SetNonblock(p.ours, true)
	if err == nil && (uid != 0 || gid != 0) {
		err = unix.Fchown(p.ours, uid, gid)
	}
	if err != nil {
		p.theirs.Close()
		unix.Close(p.ours)
		return pipe{}, os.NewSyscallError("set up a pipe", err)
	}
	return p, nil
}

// duplicate returns a copy of the file's descriptor that does not block.
func duplicate(f *os.File) (int, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -1
	var dupErr error
	err = conn.Control(func(of uintptr) { fd, dupErr = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) })
	if err == nil {
		err = dupErr
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil && fd >= 0 {
		unix.Close(fd)
		fd = -1
	}
	return fd, err
}
