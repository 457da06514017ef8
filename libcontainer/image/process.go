package image

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// progressSize is the size of the page that holds the progress word.
const progressSize = program.ProgressSize

// Process is a started image. It is a child, and the caller must reap it.
type Process struct {
	Pid   int
	pidfd *os.File
	// Image is the image's identity.
	Image Identity

	progress []byte // shared with the process, or nil
}

// Progress returns how far the program got: the number of the step that comes
// next, 0 before the program shares its page (see
// [program.Builder.ShareProgress]), or -1 if it never does. It keeps its value
// when the process is dead.
func (p *Process) Progress() int {
	if p.progress == nil {
		return -1
	}
	return int(binary.NativeEndian.Uint32(p.progress))
}

// Sibling returns the pid of the process that the program has made with
// [program.Builder.ForkSibling], or 0 if there is none. That process is a child
// of this one too.
func (p *Process) Sibling() int {
	if p.progress == nil {
		return 0
	}
	const offset = program.SiblingAddr - program.ProgressAddr
	return int(binary.NativeEndian.Uint32(p.progress[offset:]))
}

// timesOff is where the times of [program.Timed] are in the shared memory.
const timesOff = program.TimesAddr - program.ProgressAddr

// Times returns when the calls of a program that [program.Timed] has made began,
// by step number, in nanoseconds of its clock; 0 for those that were not made.
// It is nil for any other program. The process can write what it likes there.
func (p *Process) Times() []int64 {
	if len(p.progress) <= timesOff {
		return nil
	}
	times := make([]int64, (len(p.progress)-timesOff)/program.TimeSize)
	for i := range times {
		at := p.progress[timesOff+i*program.TimeSize:]
		seconds, nanoseconds := binary.NativeEndian.Uint64(at), binary.NativeEndian.Uint64(at[8:])
		if seconds < maxSeconds && nanoseconds < 1e9 {
			times[i] = int64(seconds*1e9 + nanoseconds)
		}
	}
	return times
}

// maxSeconds is more than any clock shows, and can be multiplied.
const maxSeconds = 1 << 33

// Close releases what p holds; the process goes on.
func (p *Process) Close() error {
	var errs [2]error
	if p.pidfd != nil {
		errs[0] = p.pidfd.Close()
	}
	if p.progress != nil {
		errs[1] = unix.Munmap(p.progress)
		p.progress = nil
	}
	return errors.Join(errs[:]...)
}

// makeProgress maps the memory in which the program shares its progress, if it
// does, and returns the file to pass to the program.
func (l *Launch) makeProgress(p *Process) (*os.File, error) {
	if !slices.Contains(l.Program.Inputs, program.ProgressInput) {
		return nil, nil
	}
	fd, _, err := linux.Memfd(progressName, unix.MFD_NOEXEC_SEAL)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), progressName)
	if err := p.mapProgress(fd, l.Program.SharedSize()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// mapProgress sizes and maps the memory. Its size is sealed, because a container
// that got hold of the file could otherwise shrink it and kill this process
// with SIGBUS.
func (p *Process) mapProgress(fd, size int) error {
	if err := p.sizeProgress(fd, size); err != nil {
		return wrap("size progress page", err)
	}
	if err := seal(fd, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		return err
	}
	page, err := unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_SHARED)
	p.progress = page
	return wrap("map progress page", err)
}

// sizeProgress gives the file its size. If there are times behind the page, it
// also allocates them: they are charged to the cgroup of the process that first
// touches them (memory.stat in Documentation/admin-guide/cgroup-v2.rst), and a
// container must not be out of memory only because it is timed.
func (p *Process) sizeProgress(fd, size int) error {
	if err := unix.Ftruncate(fd, int64(size)); err != nil || size <= timesOff {
		return err
	}
	return linux.RetryEINTR(func() error { return unix.Fallocate(fd, 0, timesOff, int64(size-timesOff)) })
}
