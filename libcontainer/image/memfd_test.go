package image

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
)

// TestSeals checks the seals themselves: while the image runs, ETXTBSY alone
// would keep it from being written.
func TestSeals(t *testing.T) {
	f, err := newFile(simple(t), false)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := f.memfd()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.Pwrite(fd, []byte("x"), 0); err != unix.EPERM {
		t.Errorf("write: %v, want EPERM", err)
	}
	for _, size := range []int64{0, 1 << 20} {
		if err := unix.Ftruncate(fd, size); err != unix.EPERM {
			t.Errorf("truncate to %d: %v, want EPERM", size, err)
		}
	}
	if err := seal(fd, unix.F_SEAL_FUTURE_WRITE); err == nil {
		t.Error("seals can be added")
	}
}

// forbidMemfdEnv makes the test binary, in a pid namespace of its own, forbid
// itself to execute memfds and start a program.
const forbidMemfdEnv = "IMAGE_TEST_FORBID_MEMFD"

func startWithoutMemfd() error {
	if err := os.WriteFile("/proc/sys/vm/memfd_noexec", []byte("2"), 0); err != nil {
		return err
	}
	if _, err := unix.MemfdCreate("x", unix.MFD_EXEC|unix.MFD_CLOEXEC); err != unix.EACCES {
		return fmt.Errorf("premise: memfd_create returns %v", err)
	}
	b := program.NewBuilder("report")
	b.ShareProgress()
	b.Write(stdout, "started without memfd\n")
	b.ExitGroup(0)
	p, err := b.Program()
	if err != nil {
		return err
	}
	l := &Launch{
		Program: p,
		Inputs:  map[program.Input]*os.File{"report": os.Stderr},
		Stdio:   [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
	}
	process, err := l.Start()
	if err != nil {
		return err
	}
	defer process.Close()
	_, err = unix.Wait4(process.Pid, nil, 0, nil)
	return err
}

// TestMemfdForbidden runs under vm.memfd_noexec=2 (Linux 6.3), which is a
// property of the pid namespace.
func TestMemfdForbidden(t *testing.T) {
	need.Kernel(t, need.MemfdNoexec())
	if os.Geteuid() != 0 {
		cannotRun(t, "a pid namespace needs root")
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), forbidMemfdEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	out, err := cmd.CombinedOutput()
	if want := "started without memfd\n"; err != nil || string(out) != want {
		t.Errorf("output is %q, %v; want %q", out, err, want)
	}
}
