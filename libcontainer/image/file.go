package image

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// Identity identifies an image file. While stat(2) of /proc/PID/exe shows the
// image's identity, the init of a [Process] still executes the image, and not
// yet the user's program.
type Identity struct {
	Dev uint64 `json:"dev"`
	Ino uint64 `json:"ino"`
}

// Modes of image files. Nobody may write, and everybody may execute, so that
// the image can be started without privileges.
const (
	modeOpaque   = 0o111
	modeReadable = 0o555
)

// file is the content of an image file. Between text and data it has a hole.
type file struct {
	text, data []byte
	dataOff    int64
	mode       uint32
}

// newFile lays p out. See [Launch.Readable].
func newFile(p *program.Program, readable bool) (*file, error) {
	l, err := newLayout(p)
	if err != nil {
		return nil, err
	}
	l.dumpable = readable
	f := &file{dataOff: int64(l.dataOff()), mode: modeOpaque}
	if readable {
		f.mode = modeReadable
	}
	f.text, f.data, err = l.encode()
	return f, err
}

// writeTo fills the empty file fd.
func (f *file) writeTo(fd int) error {
	if err := pwriteAll(fd, f.text, 0); err != nil {
		return err
	}
	if err := pwriteAll(fd, f.data, f.dataOff); err != nil {
		return err
	}
	if err := unix.Fchmod(fd, f.mode); err != nil {
		return fmt.Errorf("change mode: %w", err)
	}
	return nil
}

func pwriteAll(fd int, b []byte, off int64) error {
	for len(b) > 0 {
		n, err := unix.Pwrite(fd, b, off)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		b, off = b[n:], off+int64(n)
	}
	return nil
}

// identify returns the identity of an open file.
func identify(fd int) (Identity, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Identity{}, fmt.Errorf("stat: %w", err)
	}
	return Identity{Dev: uint64(st.Dev), Ino: st.Ino}, nil
}

// NewFile returns an image file of a program that another image executes
// (execveat(2)). The file is a sealed memfd or, where executable memfds are
// forbidden, a file on a file system that is mounted nowhere.
func NewFile(p *program.Program) (*os.File, error) {
	f, err := newFile(p, false)
	if err != nil {
		return nil, err
	}
	fd, err := f.memfd()
	if errors.Is(err, unix.EACCES) {
		fd, err = f.tmpfs()
	}
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	return os.NewFile(uintptr(fd), imageName), nil
}
