package image

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// readMemory reads size bytes of process pid at addr.
func readMemory(pid int, addr uint64, size int) ([]byte, error) {
	buf := make([]byte, size)
	if size == 0 {
		return buf, nil
	}
	local := []unix.Iovec{{Base: &buf[0]}}
	local[0].SetLen(size)
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: uintptr(addr), Len: size}}, 0)
	return buf[:max(n, 0)], err
}

// textBetween returns this process's text from start to end.
func textBetween(start, end *byte) []byte {
	return unsafe.Slice(start, uintptr(unsafe.Pointer(end))-uintptr(unsafe.Pointer(start)))
}
