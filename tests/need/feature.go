package need

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Feature is something that only newer kernels have. Whether one has it is
// for its probe to say, never for a comparison of versions in a test: kernels
// are patched and configured.
//
// The version keeps probes honest. Where everything must work, a probe that
// says no on a kernel of that version is wrong, or the kernel is, and the test
// fails instead of being skipped.
type Feature struct {
	Name  string
	Since string // "6.3"
	Probe func() bool
}

// MemfdNoexec is the sysctl vm.memfd_noexec, which can forbid to execute
// memfds.
func MemfdNoexec() Feature {
	return Feature{"vm.memfd_noexec", "6.3", func() bool {
		_, err := os.Stat("/proc/sys/vm/memfd_noexec")
		return err == nil
	}}
}

// IdmapTmpfs is that a mount of a tmpfs can map ids (mount_setattr(2), ID-mapped
// mounts).
func IdmapTmpfs() Feature {
	return Feature{"ID-mapped tmpfs", "6.3", func() bool {
		users, err := mappedUsers()
		if err != nil {
			return false
		}
		defer users.Close()
		tmpfs, err := newTmpfs()
		if err != nil {
			return false
		}
		defer unix.Close(tmpfs)
		mapping := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(users.Fd())}
		return unix.MountSetattr(tmpfs, "", unix.AT_EMPTY_PATH, mapping) == nil
	}}
}

// mappedUsers opens a new user namespace, which maps ids.
func mappedUsers() (*os.File, error) {
	cmd := exec.Command("sleep", "60")
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 100000, Size: 1000}}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, UidMappings: ids, GidMappings: ids}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	return os.Open("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/ns/user")
}

// newTmpfs mounts a tmpfs nowhere.
func newTmpfs() (int, error) {
	fs, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, err
	}
	return unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
}

// Features returns all features, so that a test can hold their probes against
// a kernel.
func Features() []Feature {
	return []Feature{MemfdNoexec(), IdmapTmpfs()}
}

// Kernel needs a feature of the kernel.
func Kernel(t testing.TB, f Feature) {
	t.Helper()
	switch {
	case f.Probe():
	case f.Expected():
		missing(t, "the probe of %s says no, but Linux has it since %s", f.Name, f.Since)
	default:
		t.Skipf("needs %s (Linux %s)", f.Name, f.Since)
	}
}

// Expected reports whether the kernel's version says that it has the feature.
func (f Feature) Expected() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	return !older(unix.ByteSliceToString(u.Release[:]), f.Since)
}

// older reports whether a kernel release is older than a version.
func older(release, version string) bool {
	r, v := numbers(release), numbers(version)
	return r[0] < v[0] || r[0] == v[0] && r[1] < v[1]
}

// numbers returns the first two numbers of a version, such as "6.1.0-38-amd64".
func numbers(version string) (n [2]int) {
	fields := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	for i := range min(len(n), len(fields)) {
		n[i], _ = strconv.Atoi(fields[i])
	}
	return n
}
