package engines

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Engines are not made to run beside another instance of themselves: they keep
// sockets, locks and mounts in fixed places below /run, and processes that
// outlive the engine. So the tests run in a room: a mount namespace with an
// empty /run, and a pid namespace whose end is the end of all processes in it,
// however the tests end.
//
// Three processes make it. The first one is what go test started. The second
// is process 1 of the room; it reaps what engines leave to it, which the os/exec
// package could not stand in the third, the one that runs the tests.

// Values of roomVar.
const (
	door   = "door"   // the second process
	inside = "inside" // the third
)

// inRoom runs the tests in the third process, and is the other two.
func inRoom(m *testing.M) int {
	var err error
	status := 1
	switch os.Getenv(roomVar) {
	case inside:
		return m.Run()
	case door:
		status, err = furnish()
	default:
		status, err = enter()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "room:", err)
		return 1
	}
	return status
}

// again is this program with the same arguments, in another place of the room.
func again(where string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), roomVar+"="+where)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// enter starts the second process in namespaces of its own. Signals that would
// end the tests, as go test sends them, end the room.
func enter() (int, error) {
	cmd := again(door)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID,
		// Unlike in Cloneflags, the os/exec package makes the mounts private.
		Unshareflags: unix.CLONE_NEWNS,
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		<-signals
		_ = cmd.Process.Kill()
	}()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return 1, err
	}
	return cmd.ProcessState.ExitCode(), nil
}

// furnish is process 1: it mounts what the room has of its own, starts the
// tests, and reaps until they have ended.
func furnish() (int, error) {
	if tree := os.Getenv(treeVar); tree != "" {
		if err := enterTree(tree); err != nil {
			return 1, err
		}
	}
	runtimeDir, err := filepath.EvalSymlinks("/var/run")
	if err != nil {
		return 1, err
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return 1, fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Mount("tmpfs", runtimeDir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return 1, fmt.Errorf("mount %s: %w", runtimeDir, err)
	}
	cmd := again(inside)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	return reap(cmd.Process.Pid)
}

// reap waits for all children until this one has ended, and returns its exit
// status.
func reap(pid int) (int, error) {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 1, os.NewSyscallError("wait4", err)
		case got == pid && status.Exited():
			return status.ExitStatus(), nil
		case got == pid:
			return 1, fmt.Errorf("the tests ended with signal %v", status.Signal())
		}
	}
}

// bindFile puts a file with this text in the place of one of the machine's, for
// the tests alone, until the end of the test.
func bindFile(t *testing.T, path, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(file, path, "", unix.MS_BIND, ""); err != nil {
		t.Fatalf("mount on %s: %v", path, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
}
