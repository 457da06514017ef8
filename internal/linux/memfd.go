package linux

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Memfd makes an empty file in memory, which may be sealed. kind is MFD_EXEC or
// MFD_NOEXEC_SEAL, and left out on kernels that know neither: modern reports
// whether this one does (Linux 6.3, which also brought F_SEAL_EXEC).
func Memfd(name string, kind int) (fd int, modern bool, err error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err = unix.MemfdCreate(name, flags|kind)
	if modern = err != unix.EINVAL; !modern {
		fd, err = unix.MemfdCreate(name, flags)
	}
	if err != nil {
		return -1, modern, fmt.Errorf("memfd_create: %w", err)
	}
	return fd, modern, nil
}
