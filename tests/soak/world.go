package soak

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/oci-rt/rt/tests/reaper"
	"golang.org/x/sys/unix"
)

// inWorld is set for the process that runs in the new namespaces.
const inWorld = "TEST_SOAK_WORLD"

// World calls run in a process with namespaces of its own for mounts, processes, the
// network and IPC, where nobody else makes or ends anything: what is counted there is
// exact. It returns what run returns. An ordinary user has no such namespaces, but no
// soak either.
func World(run func() int) int {
	switch {
	case os.Geteuid() != 0:
		return run()
	case os.Getenv(inWorld) == "":
		return enter()
	case os.Getpid() == 1:
		if err := furnish(); err != nil {
			fmt.Fprintln(os.Stderr, "soak:", err)
			return 1
		}
	}
	return reaper.Run(run)
}

// enter starts this program once more, in new namespaces.
func enter() int {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), inWorld+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC,
		Pdeathsig:  unix.SIGKILL,
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "soak:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// furnish mounts what shows the new namespaces.
func furnish() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("make the mounts slaves of the host's: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	if err := unix.Mount("tmpfs", "/dev/shm", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mount tmpfs on /dev/shm: %w", err)
	}
	return loopbackUp()
}

// loopbackUp lets local addresses be reached, which CRIU tries.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err == nil {
		lo.SetUint16(unix.IFF_UP)
		err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
	}
	if err != nil {
		return fmt.Errorf("set up the loopback device: %w", err)
	}
	return nil
}
