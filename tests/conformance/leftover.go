package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A program or a runtime that fails leaves containers, mounts and cgroups. The
// suite runs in a mount namespace of its own, and the rest is removed here.

// namespaceVar says that this process has a mount namespace of its own.
const namespaceVar = "CONFORMANCE_NAMESPACE"

// inNamespace calls a function in a mount namespace of its own: in this
// program, executed again. An ordinary user's has nothing to unmount.
func inNamespace(do func() error) error {
	if os.Getenv(namespaceVar) != "" || os.Geteuid() != 0 {
		return do()
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), namespaceVar+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// Unlike with Cloneflags, the os/exec package makes the mounts private.
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	return cmd.Run()
}

// unmountBelow unmounts what is mounted below a directory, the last mount
// first.
func unmountBelow(dir string) error {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	var points []string
	for line := range strings.Lines(string(data)) {
		// proc_pid_mountinfo(5): the fifth field is the mount point.
		if f := strings.Fields(line); len(f) > 4 && strings.HasPrefix(f[4], dir+"/") {
			points = append(points, f[4])
		}
	}
	for _, point := range slices.Backward(points) {
		if err := unix.Unmount(point, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
			return fmt.Errorf("unmount %s: %w", point, err)
		}
	}
	return nil
}

// removeCgroups removes the cgroups that the suite's configurations name: in
// every hierarchy, or in the only one.
func removeCgroups() {
	for _, name := range []string{"cgrouptest", "testdir"} {
		dirs, _ := filepath.Glob("/sys/fs/cgroup/*/" + name)
		for _, dir := range append(dirs, "/sys/fs/cgroup/"+name) {
			removeTree(dir)
		}
	}
}

// removeTree removes a cgroup and those below, the deepest first.
func removeTree(dir string) {
	var dirs []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	for _, d := range slices.Backward(dirs) {
		_ = unix.Rmdir(d)
	}
}
