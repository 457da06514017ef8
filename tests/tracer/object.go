//go:build amd64 || arm64

package tracer

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Object says what a call is done to, for people: the path or the descriptor that it
// names first. It may be "".
func (c Call) Object() string {
	switch c.Nr {
	case unix.SYS_OPENAT, unix.SYS_OPENAT2, unix.SYS_MKDIRAT, unix.SYS_UNLINKAT, unix.SYS_READLINKAT, unix.SYS_STATX,
		unix.SYS_RENAMEAT, unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_FCHMODAT, unix.SYS_FCHOWNAT:
		return c.text(c.Args[1])
	case unix.SYS_STATFS, unix.SYS_UMOUNT2, unix.SYS_CHDIR:
		return c.text(c.Args[0])
	case unix.SYS_MOUNT:
		return c.text(c.Args[1])
	case unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_FSTATFS, unix.SYS_FLOCK, unix.SYS_GETDENTS64,
		unix.SYS_FCHMOD, unix.SYS_FTRUNCATE, unix.SYS_LSEEK:
		return c.descriptor()
	}
	if kindsHere[c.Nr].Name == "newfstatat" {
		return c.text(c.Args[1])
	}
	return ""
}

func (c Call) descriptor() string {
	to, _ := os.Readlink("/proc/" + strconv.Itoa(c.Pid) + "/fd/" + strconv.Itoa(int(int32(c.Args[0]))))
	return to
}

// text reads a string from the program's memory.
func (c Call) text(address uint64) string {
	mem, err := os.Open("/proc/" + strconv.Itoa(c.Pid) + "/mem")
	if err != nil {
		return ""
	}
	defer mem.Close()
	buf := make([]byte, 256)
	n, _ := mem.ReadAt(buf, int64(address))
	text, _, _ := bytes.Cut(buf[:n], []byte{0})
	return string(text)
}
