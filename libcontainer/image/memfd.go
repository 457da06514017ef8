package image

import (
	"fmt"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// Names of the memfds, as /proc/PID/maps and ls -l /proc/PID/fd show them.
const (
	imageName    = "rt-init"
	progressName = "rt-progress"
)

// memfd returns a sealed memfd with the image in it.
//
// The descriptor can be executed although it is open for writing: a memfd's
// first open file does not count as a writer (alloc_file_pseudo in mm/shmem.c
// takes no write access), so there is no ETXTBSY. Once F_SEAL_WRITE is set,
// nothing can write through it either, not even the container's root that opens
// /proc/PID/exe anew (CVE-2019-5736).
func (f *file) memfd() (int, error) {
	fd, modern, err := linux.Memfd(imageName, unix.MFD_EXEC)
	if err != nil {
		return -1, err
	}
	seals := unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if modern {
		seals |= unix.F_SEAL_EXEC // nobody may take the x bits away
	}
	err = f.writeTo(fd)
	if err == nil {
		err = seal(fd, seals)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func seal(fd, seals int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals)
	return wrap("seal memfd", err)
}

// wrap adds the name of the operation to err, unless that is nil.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, err)
}
