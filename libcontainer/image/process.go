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
const progressSize = 4096

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

// makeProgress maps the page on which the program shares its progress, if it
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
	if err := p.mapProgress(fd); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// mapProgress sizes and maps the page. Its size is sealed, because a container
// that got hold of the file could otherwise shrink it and kill this process
// with SIGBUS.
func (p *Process) mapProgress(fd int) error {
	if err := unix.Ftruncate(fd, progressSize); err != nil {
		return wrap("size progress page", err)
	}
	if err := seal(fd, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		return err
	}
	page, err := unix.Mmap(fd, 0, progressSize, unix.PROT_READ, unix.MAP_SHARED)
	p.progress = page
	return wrap("map progress page", err)
}
