package need

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// CRIU needs a criu(8) that can save and restore processes here. It must be
// installed, but one that is older than the kernel need not work: that is a
// skip.
func CRIU(t testing.TB) {
	t.Helper()
	Root(t)
	if fault := checkCRIU(Program(t, "criu")); fault != "" {
		t.Skipf("needs a criu that works with this kernel: %s", fault)
	}
}

// HasCRIU reports whether there is a criu that can save and restore processes here.
func HasCRIU() bool {
	path, err := exec.LookPath("criu")
	return err == nil && os.Geteuid() == 0 && checkCRIU(path) == ""
}

// BrokenCRIU needs one that does not. It is a skip where there is none.
func BrokenCRIU(t testing.TB) {
	t.Helper()
	Root(t)
	if checkCRIU(Program(t, "criu")) == "" {
		t.Skip("needs a criu that does not work with this kernel")
	}
}

// DirtyTracking needs a kernel that tells which pages were written since
// (CONFIG_MEM_SOFT_DIRTY), and a criu that works.
func DirtyTracking(t testing.TB) {
	t.Helper()
	CRIU(t)
	if out, err := criuCheck("criu", "--feature", "mem_dirty_track"); err != nil {
		t.Skipf("needs a kernel with CONFIG_MEM_SOFT_DIRTY: %s", lastLine(out))
	}
}

// LazyPages needs a kernel whose userfaultfd(2) can do what restored memory that
// follows needs, and a criu that works.
func LazyPages(t testing.TB) {
	t.Helper()
	CRIU(t)
	if out, err := criuCheck("criu", "--feature", "uffd-noncoop"); err != nil {
		t.Skipf("needs userfaultfd: %s", lastLine(out))
	}
}

// NewCRIU needs a criu that is newer than 3.17, which Debian 12 has. That one knows no
// "--network-lock skip", does not close connections that are to come back
// closed, leaves its rules in a network namespace given by path when
// a dump has failed, and aborts where an action script is asked for besides
// notifications.
func NewCRIU(t testing.TB) {
	t.Helper()
	CRIU(t)
	out, err := exec.Command("criu", "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("criu --version: %v: %s", err, out)
	}
	if version := string(out); older(version, "3.18") {
		t.Skipf("needs criu 3.18 or newer: %s", strings.TrimSpace(version))
	}
}

// CRIUTCP needs a criu that can save TCP sockets of this kernel. Up to 4.1.1 they
// cannot since Linux 6.16, where SO_PASSCRED is not for these sockets any more.
func CRIUTCP(t testing.TB) {
	t.Helper()
	CRIU(t)
	process := sleepWithSocket(t)
	defer func() {
		_ = process.Kill()
		_, _ = process.Wait()
	}()
	out, err := criuCommand("criu", "dump", "--tree", strconv.Itoa(process.Pid), "--images-dir", t.TempDir(), "--leave-running")
	if err != nil {
		t.Skipf("needs a criu that can save TCP sockets of this kernel: %s", lastLine(out))
	}
}

// sleepWithSocket starts a process that has a TCP socket and nothing else that
// CRIU could stumble over.
func sleepWithSocket(t testing.TB) *os.Process {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	socket := os.NewFile(uintptr(fd), "socket")
	defer socket.Close()
	cmd := exec.Command("sleep", "100")
	cmd.ExtraFiles = []*os.File{socket}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process
}

// checkCRIU returns why criu does not work, or "".
func checkCRIU(path string) string {
	out, err := criuCheck(path)
	if err == nil {
		return ""
	}
	if line := lastLine(out); line != "" {
		return line
	}
	return err.Error()
}

func criuCheck(path string, args ...string) (string, error) {
	return criuCommand(path, append([]string{"check"}, args...)...)
}

func criuCommand(path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	return string(out), err
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
