package image

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/trace"
)

// argv0 is the init's command line, as ps shows it until the user's program
// takes its place.
const argv0 = "rt-init"

// Launch says how to start a program.
type Launch struct {
	Program *program.Program
	// Inputs are the descriptors that the program asks for, all but
	// [program.ProgressInput], which Start makes. The caller keeps them open
	// and may close them after Start.
	Inputs map[program.Input]*os.File
	// Stdio becomes descriptors 0, 1 and 2.
	Stdio [3]*os.File
	// Cloneflags are CLONE_NEW flags of clone(2).
	Cloneflags uintptr
	// Cgroup, if not nil, is the directory of the cgroup v2 that the process
	// starts in (CLONE_INTO_CGROUP, Linux 5.7). See [ErrCgroupClone].
	Cgroup *os.File
	// Readable makes an image file that can be read, and a process that is
	// dumpable: see PR_SET_DUMPABLE in prctl(2). An unprivileged parent needs
	// that to write the process's uid_map.
	//
	// Otherwise the file has no read permission, which makes the process
	// non-dumpable as it executes the image, and keeps /proc/PID/fd and its
	// memory from others with the same ids. That has no effect where
	// CAP_DAC_OVERRIDE lets the process read any file (would_dump in
	// fs/exec.c). So the interpreter begins with PR_SET_DUMPABLE.
	Readable bool
	// Trace takes down how long each of this takes, unless it is nil.
	Trace *trace.Recorder

	// noMemfd makes tests start the process without a memfd.
	noMemfd bool
}

// ErrCgroupClone says that the process could not be created inside
// [Launch.Cgroup]. It wraps the kernel's reason: EBUSY for a cgroup with
// controllers for its children, EOPNOTSUPP for a threaded one, EACCES, ENOSYS
// where a seccomp filter hides clone3. The caller can start without Cgroup and
// move the process. A reason that has nothing to do with the cgroup then shows
// again.
var ErrCgroupClone = errors.New("create process inside cgroup")

// errClone and errExecute say which half of starting a process failed.
var (
	errClone   = errors.New("create process")
	errExecute = errors.New("execute image")
)

// Start starts the process. On return it executes the image, and the program
// may have run already.
//
//  1. Lay out the program.
//  2. Collect the descriptors in the order of their numbers in the process.
//  3. Put the image into a memfd, or a file on a detached tmpfs if memfds may
//     not be executed (vm.memfd_noexec=2, LSM policies).
//  4. Create the process and execute that file.
func (l *Launch) Start() (*Process, error) {
	f, err := newFile(l.Program, l.Readable)
	if err != nil {
		return nil, err
	}
	l.Trace.Did("laid out the image")
	p := &Process{}
	if err := l.start(p, f); err != nil {
		p.Close()
		return nil, fmt.Errorf("image: %w", err)
	}
	return p, nil
}

func (l *Launch) start(p *Process, f *file) error {
	progress, err := l.makeProgress(p)
	if err != nil {
		return err
	}
	if progress != nil {
		defer progress.Close()
	}
	files, err := l.files(progress)
	if err != nil {
		return err
	}
	if l.noMemfd {
		return l.startFrom(p, f.tmpfs, files)
	}
	err = l.startFrom(p, f.memfd, files)
	if !memfdForbidden(err) {
		return err
	}
	if err2 := l.startFrom(p, f.tmpfs, files); err2 != nil {
		return fmt.Errorf("%w, after %w", err2, err)
	}
	return nil
}

// memfdForbidden reports whether err may mean that memfds cannot be executed.
func memfdForbidden(err error) bool {
	if errors.Is(err, ErrCgroupClone) || errors.Is(err, errClone) {
		return false
	}
	return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
}

// files returns the process's descriptors, in the order of their numbers.
func (l *Launch) files(progress *os.File) ([]uintptr, error) {
	files := make([]uintptr, 0, len(l.Stdio)+len(l.Program.Inputs))
	for i, f := range l.Stdio {
		if f == nil {
			return nil, fmt.Errorf("descriptor %d is missing", i)
		}
		fd, err := descriptor(f)
		if err != nil {
			return nil, err
		}
		files = append(files, fd)
	}
	for _, name := range l.Program.Inputs {
		f := l.Inputs[name]
		if name == program.ProgressInput {
			f = progress
		}
		if f == nil {
			return nil, fmt.Errorf("input %q is missing", name)
		}
		fd, err := descriptor(f)
		if err != nil {
			return nil, err
		}
		files = append(files, fd)
	}
	return files, nil
}

// descriptor returns a file's descriptor. Fd would make the caller's file blocking.
func descriptor(f *os.File) (fd uintptr, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	err = conn.Control(func(number uintptr) { fd = number })
	return fd, err
}

// startFrom starts the process from the file that write returns.
func (l *Launch) startFrom(p *Process, write func() (int, error), files []uintptr) error {
	fd, err := write()
	if err != nil {
		return err
	}
	defer func() { unix.Close(fd) }()
	if p.Image, err = identify(fd); err != nil {
		return err
	}
	if fd, err = lift(fd, files); err != nil {
		return err
	}
	l.Trace.Did("wrote the image")
	if err := l.forkExec(p, fd, files); err != nil {
		return err
	}
	l.Trace.Did("cloned the init process %d, which executes the image", p.Pid)
	return nil
}

// lift moves fd out of the way of files. If the number of a file is lower than
// its final number, the child first copies the file upwards, behind the highest
// of all. Then it copies all to their final numbers. Meanwhile it must still
// find fd, which closes on exec. syscall.ForkExec takes care of its own pipe
// only.
//
// The new number is small when the caller's are, because growing the table of
// open files makes a multi-threaded process wait for an RCU grace period.
func lift(fd int, files []uintptr) (int, error) {
	highest, copies := uintptr(len(files)), 0
	for i, f := range files {
		highest = max(highest, f)
		if f < uintptr(i) {
			copies++
		}
	}
	// Besides the copies there are the pipe and a number skipped for it.
	lifted, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, int(highest)+copies+3)
	if err == unix.EINVAL { // above the limit (fcntl(2))
		err = unix.EMFILE
	}
	if err != nil {
		return fd, wrap("duplicate descriptor", err)
	}
	unix.Close(fd)
	return lifted, nil
}

// forkExec creates the process and executes fd in it.
func (l *Launch) forkExec(p *Process, fd int, files []uintptr) error {
	const unset = -2
	pidfd := unset
	attr := &syscall.ProcAttr{
		Files: files,
		Sys:   &syscall.SysProcAttr{Cloneflags: l.Cloneflags, PidFD: &pidfd},
	}
	if l.Cgroup != nil {
		attr.Sys.UseCgroupFD = true
		attr.Sys.CgroupFD = int(l.Cgroup.Fd())
	}
	pid, err := syscall.ForkExec("/proc/self/fd/"+strconv.Itoa(fd), []string{argv0}, attr)
	runtime.KeepAlive(l) // ForkExec knows its files as numbers only
	switch {
	case err == nil:
		p.Pid, p.pidfd = pid, os.NewFile(uintptr(pidfd), "pidfd")
		return nil
	case pidfd != unset: // ForkExec had a child, so execve failed
		return fmt.Errorf("%w: %w", errExecute, err)
	case l.Cgroup != nil:
		return fmt.Errorf("%w: %w", ErrCgroupClone, err)
	}
	return fmt.Errorf("%w: %w", errClone, err)
}
