package linux

import (
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMemfd(t *testing.T) {
	for _, kind := range []int{0, unix.MFD_EXEC, unix.MFD_NOEXEC_SEAL} {
		fd, modern, err := Memfd("it", kind)
		if err != nil {
			t.Fatal(err)
		}
		file := os.NewFile(uintptr(fd), "it")
		defer file.Close()
		if link, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); err != nil || link != "/memfd:it (deleted)" {
			t.Errorf("%q, %v", link, err)
		}
		if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err != nil {
			t.Errorf("seal: %v", err)
		}
		if info, err := file.Stat(); err != nil || modern && kind != 0 && (info.Mode()&0o111 != 0) != (kind == unix.MFD_EXEC) {
			t.Errorf("kind %x: mode %v, %v", kind, info.Mode(), err)
		}
	}
	// Memfd tries again without unknown flags, as on old kernels.
	fd, modern, err := Memfd("old", 1<<20)
	if err != nil || modern {
		t.Fatalf("modern %v, %v", modern, err)
	}
	unix.Close(fd)
}
