// Package need says what a test needs of the machine it runs on.
//
// A test that cannot run where it stands is skipped with a reason. With
// MUST_WORK=1 in the environment, as in .ci/run, what every machine that tests
// rt must have (see [Must]) turns from a skip into a failure: a green run has
// run.
package need

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Must is the environment variable that makes missing things failures.
const Must = "MUST_WORK"

// Root needs the tests to run as root on the host.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "needs root")
	}
}

// User needs the tests to run as an ordinary user. It is a skip for root, who has
// tests of its own.
func User(t testing.TB) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user")
	}
}

// Program needs a program on the PATH and returns its path.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, "needs %s: tests/prepare.sh installs it", name)
	}
	return path
}

// Made needs something that was made before the tests, which this environment
// variable names, and returns its path.
func Made(t testing.TB, variable, how string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		missing(t, "needs what %s is to name: %s makes it", variable, how)
	}
	return path
}

// Busybox needs a statically linked busybox, which runs in a root file system
// that holds nothing else, and returns its path.
func Busybox(t testing.TB) string {
	t.Helper()
	path := Program(t, "busybox")
	if static, err := isStatic(path); err != nil || !static {
		missing(t, "needs a static busybox, %s is not (Debian: busybox-static; %v)", path, err)
	}
	return path
}

// StaticTest needs the test's own program to run in a root file system that
// holds nothing else, and returns its path.
func StaticTest(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if static, err := isStatic(path); err != nil || !static {
		missing(t, "needs a static test program: CGO_ENABLED=0 (%v)", err)
	}
	return path
}

// isStatic reports whether the ELF file needs no dynamic linker.
func isStatic(path string) (bool, error) {
	f, err := elf.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false, nil
		}
	}
	return true, nil
}

// Cgroup2 needs the unified hierarchy as the only one. Machines with cgroup v1
// are tested too, so this is always a skip.
func Cgroup2(t testing.TB) {
	t.Helper()
	if !HasCgroup2() {
		t.Skip("needs a machine with cgroup v2 only")
	}
}

// Cgroup1 needs a cgroup v1 hierarchy. It is a skip where there is only v2.
func Cgroup1(t testing.TB) {
	t.Helper()
	if !HasCgroup1() {
		t.Skip("needs a machine with cgroup v1 controllers")
	}
}

// HasCgroup2 reports whether /sys/fs/cgroup is the unified hierarchy.
func HasCgroup2() bool {
	var st unix.Statfs_t
	return unix.Statfs("/sys/fs/cgroup", &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC
}

// HasUnified reports whether the hierarchy of cgroup v2 is mounted, alone or beside
// those of v1.
func HasUnified() bool {
	var st unix.Statfs_t
	return HasCgroup2() || unix.Statfs("/sys/fs/cgroup/unified", &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC
}

// HasUnifiedControllers reports whether that hierarchy has a controller: beside v1
// all may be there.
func HasUnifiedControllers() bool {
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if list, err := os.ReadFile(root + "/cgroup.controllers"); err == nil && len(strings.TrimSpace(string(list))) > 0 {
			return true
		}
	}
	return false
}

// RealtimeBudget needs a cgroup v1 hierarchy that shares out real time
// (CONFIG_RT_GROUP_SCHED, which Debian's kernels have not).
func RealtimeBudget(t testing.TB) {
	t.Helper()
	Cgroup1(t)
	if _, err := os.Stat("/sys/fs/cgroup/cpu/cpu.rt_runtime_us"); err != nil {
		t.Skip("needs a kernel with CONFIG_RT_GROUP_SCHED")
	}
}

// Unniced needs tests that run as important as others: containers inherit what nice(1) has
// set.
func Unniced(t testing.TB) {
	t.Helper()
	const usual = 20 // of 40 (getpriority(2), "C library/kernel differences")
	if p, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err != nil || p != usual {
		t.Skip("needs tests that were not started with nice")
	}
}

// HasCgroup1 reports whether v1 controllers are mounted in the usual place.
func HasCgroup1() bool {
	mounts, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.clone_children")
	return len(mounts) > 0
}

// Systemd needs a machine that systemd runs. It is a skip elsewhere.
func Systemd(t testing.TB) {
	t.Helper()
	if !HasSystemd() {
		t.Skip("needs a machine that was booted with systemd")
	}
}

// HasSystemd reports whether systemd runs the machine (sd_booted(3)).
func HasSystemd() bool {
	info, err := os.Lstat("/run/systemd/system")
	return err == nil && info.IsDir()
}

// UserNamespaces needs permission to make user namespaces.
func UserNamespaces(t testing.TB) {
	t.Helper()
	if !HasUserNamespaces() {
		t.Skip("needs user namespaces (sysctl user.max_user_namespaces)")
	}
}

// HasUserNamespaces reports whether a process may make a user namespace.
func HasUserNamespaces() bool {
	limit, err := os.ReadFile("/proc/sys/user/max_user_namespaces")
	return err == nil && string(limit) != "0\n"
}

// AppArmor needs a kernel that confines by AppArmor, and the program that loads
// profiles.
func AppArmor(t testing.TB) {
	t.Helper()
	Root(t)
	if !HasAppArmor() {
		t.Skip("needs AppArmor")
	}
	Program(t, "apparmor_parser")
}

// HasAppArmor reports whether AppArmor is enabled.
func HasAppArmor() bool {
	enabled, err := os.ReadFile("/sys/module/apparmor/parameters/enabled")
	return err == nil && string(enabled) == "Y\n"
}

// HasSELinux reports whether there is SELinux.
func HasSELinux() bool {
	_, err := os.Stat("/sys/fs/selinux/enforce")
	return err == nil
}

// SELinux needs a kernel that enforces a policy with the types of container-selinux.
func SELinux(t testing.TB) {
	t.Helper()
	Root(t)
	if !HasContainerPolicy() {
		t.Skip("needs SELinux with a policy for containers that is enforced")
	}
}

// HasContainerPolicy reports whether SELinux enforces a policy that knows the labels of
// containers and of their files, with categories.
func HasContainerPolicy() bool {
	enforce, err := os.ReadFile("/sys/fs/selinux/enforce")
	if err != nil || string(enforce) != "1" {
		return false
	}
	for _, label := range []string{"system_u:system_r:container_t:s0:c1,c2", "system_u:object_r:container_file_t:s0:c1,c2"} {
		if os.WriteFile("/sys/fs/selinux/context", []byte(label), 0) != nil {
			return false
		}
	}
	return true
}

// missing skips the test, or fails it when everything must work.
func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(Must) != "" {
		t.Fatalf(format+" (and "+Must+" is set)", args...)
	}
	t.Skipf(format, args...)
}
