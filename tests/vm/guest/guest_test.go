// Package guest holds the guests of "make test-vm" to what they are meant to
// be. What other tests prove there rests on it.
package guest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// setting returns what the guest was started as. Outside of guests the tests
// are skipped.
func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Skip("runs in the guests of make test-vm only")
	}
	return value
}

func TestKernel(t *testing.T) {
	want := setting(t, "RT_VM_KERNEL")
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	release := unix.ByteSliceToString(u.Release[:])
	if want != "newest" && !strings.HasPrefix(release, want+".") {
		t.Errorf("the kernel is %s, not %s", release, want)
	}
	t.Log(release)
}

func TestSystemd(t *testing.T) {
	setting(t, "RT_VM_KERNEL")
	if comm := read(t, "/proc/1/comm"); comm != "systemd" {
		t.Errorf("process 1 is %s", comm)
	}
	// Over the system bus, and over the user's own.
	for _, bus := range []string{"--system", "--user"} {
		out, err := exec.Command("systemctl", bus, "is-system-running").CombinedOutput()
		if state := strings.TrimSpace(string(out)); state != "running" {
			t.Errorf("systemctl %s: %s (%v)", bus, state, err)
		}
		out, err = exec.Command("busctl", bus, "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId").CombinedOutput()
		if err != nil {
			t.Errorf("busctl %s: %v: %s", bus, err, out)
		}
	}
}

func TestCgroups(t *testing.T) {
	var st unix.Statfs_t
	want := setting(t, "RT_VM_CGROUP")
	if err := unix.Statfs("/sys/fs/cgroup", &st); err != nil {
		t.Fatal(err)
	}
	if unified := st.Type == unix.CGROUP2_SUPER_MAGIC; unified != (want == "v2") {
		t.Errorf("/sys/fs/cgroup is the unified hierarchy: %v; the guest was started with %s", unified, want)
	}
	if want == "v2" {
		wantWords(t, "/sys/fs/cgroup/cgroup.controllers", "cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma")
		return
	}
	_, err := os.Stat("/sys/fs/cgroup/unified/cgroup.controllers")
	if hybrid := err == nil; hybrid != (want == "hybrid") {
		t.Errorf("the unified hierarchy is mounted too: %v; the guest was started with %s", hybrid, want)
	}
	for _, name := range []string{"cpu", "cpuset", "memory", "pids", "devices", "freezer", "blkio"} {
		if _, err := os.Stat("/sys/fs/cgroup/" + name + "/tasks"); err != nil {
			t.Error(err)
		}
	}
}

// TestDelegation: an ordinary user's tests have a cgroup of their own with all
// controllers that systemd can delegate.
func TestDelegation(t *testing.T) {
	if setting(t, "RT_VM_USER") == "root" || os.Getenv("RT_VM_CGROUP") != "v2" {
		t.Skip("is about ordinary users on cgroup v2")
	}
	dir := "/sys/fs/cgroup" + strings.TrimPrefix(read(t, "/proc/self/cgroup"), "0::")
	wantWords(t, dir+"/cgroup.controllers", "cpuset", "cpu", "io", "memory", "pids")
	if err := os.Mkdir(dir+"/child", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir + "/child"); err != nil {
		t.Error(err)
	}
}

// TestCRIU: the CRIU of a stable release knows the release's kernel, so that
// nothing about checkpoints is skipped there.
func TestCRIU(t *testing.T) {
	if setting(t, "RT_VM_USER") != "root" {
		t.Skip("CRIU needs root")
	}
	if kernel := os.Getenv("RT_VM_KERNEL"); kernel != "6.12" && kernel != "6.1" {
		t.Skip("is about stable releases")
	}
	if out, err := exec.Command("criu", "check").CombinedOutput(); err != nil {
		t.Errorf("criu check: %v: %s", err, out)
	}
}

func TestAppArmor(t *testing.T) {
	if setting(t, "RT_VM_LSM") != "apparmor" {
		t.Skip("is about AppArmor")
	}
	if enabled := read(t, "/sys/module/apparmor/parameters/enabled"); enabled != "Y" {
		t.Errorf("AppArmor's parameter enabled is %s", enabled)
	}
	if os.Getuid() == 0 && read(t, "/sys/kernel/security/apparmor/profiles") == "" {
		t.Error("no profile is loaded")
	}
}

// TestSELinux: the policy of selinux.cil is enforced, and the tests are not confined by it.
func TestSELinux(t *testing.T) {
	if setting(t, "RT_VM_LSM") != "selinux" {
		t.Skip("is about SELinux")
	}
	if enforce := read(t, "/sys/fs/selinux/enforce"); enforce != "1" {
		t.Errorf("enforce is %s", enforce)
	}
	if !need.HasContainerPolicy() {
		t.Error("no policy for containers is enforced")
	}
	const want = "system_u:system_r:host_t:s0"
	if label := strings.TrimRight(read(t, "/proc/self/attr/current"), "\x00"); label != want {
		t.Errorf("the test's label is %s, not %s", label, want)
	}
}

// TestFeatures: no probe overlooks what Debian's kernels have.
func TestFeatures(t *testing.T) {
	if setting(t, "RT_VM_USER") != "root" {
		t.Skip("probes may need root")
	}
	for _, f := range need.Features() {
		if has := f.Probe(); !has && f.Expected() {
			t.Errorf("the probe of %s says no, but Linux has it since %s", f.Name, f.Since)
		} else {
			t.Logf("%s (Linux %s): %v", f.Name, f.Since, has)
		}
	}
	if !need.HasUserNamespaces() {
		t.Error("user namespaces are switched off")
	}
}

// TestCheckoutIsReadonly: nothing that runs in a guest can change the host.
func TestCheckoutIsReadonly(t *testing.T) {
	setting(t, "RT_VM_KERNEL")
	if err := os.WriteFile("written", nil, 0o644); err == nil {
		os.Remove("written")
		t.Error("a test can write into the checkout")
	}
}

func wantWords(t *testing.T, path string, words ...string) {
	t.Helper()
	have := strings.Fields(read(t, path))
	for _, w := range words {
		if !slices.Contains(have, w) {
			t.Errorf("%s has no %s: %s", path, w, have)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}
