package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The kernel takes every setting of the controllers that this host has on v1.
func TestCreateMoreLimits(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("the files are those of cgroup v1")
	}
	needController(t, c, "memory")
	needController(t, c, "blkio")
	major, minor := someDisk(t)
	throttle := func(rate uint64) []specs.LinuxThrottleDevice {
		d := specs.LinuxThrottleDevice{Rate: rate}
		d.Major, d.Minor = major, minor
		return []specs.LinuxThrottleDevice{d}
	}
	err := c.Create(&specs.LinuxResources{
		Memory: &specs.LinuxMemory{
			Limit: pointer[int64](8 << 20), Swap: pointer[int64](16 << 20), Reservation: pointer[int64](4 << 20),
			Swappiness: pointer[uint64](7), DisableOOMKiller: pointer(true), CheckBeforeUpdate: pointer(true),
		},
		CPU: &specs.LinuxCPU{Quota: pointer[int64](50000), Period: pointer[uint64](100000), Burst: pointer[uint64](9000), Idle: pointer[int64](1)},
		BlockIO: &specs.LinuxBlockIO{
			ThrottleReadBpsDevice: throttle(1 << 20), ThrottleWriteBpsDevice: throttle(2 << 20),
			ThrottleReadIOPSDevice: throttle(30), ThrottleWriteIOPSDevice: throttle(40),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, c, "memory", "memory.memsw.limit_in_bytes", "16777216")
	wantFile(t, c, "memory", "memory.soft_limit_in_bytes", "4194304")
	wantFile(t, c, "memory", "memory.swappiness", "7")
	if n, ok := readField(c.controller("memory").Dir()+"/memory.oom_control", "oom_kill_disable"); !ok || n != 1 {
		t.Error("the OOM killer is not disabled")
	}
	wantFile(t, c, "cpu", "cpu.cfs_burst_us", "9000")
	wantFile(t, c, "cpu", "cpu.idle", "1")
	disk := fmt.Sprintf("%d:%d ", major, minor)
	wantFile(t, c, "blkio", "blkio.throttle.read_bps_device", disk+"1048576")
	wantFile(t, c, "blkio", "blkio.throttle.write_bps_device", disk+"2097152")
	wantFile(t, c, "blkio", "blkio.throttle.read_iops_device", disk+"30")
	wantFile(t, c, "blkio", "blkio.throttle.write_iops_device", disk+"40")
}

// Real-time CPU time must be granted along the whole path, so a test can only
// take some from a parent of its own.
func TestCreateRealtime(t *testing.T) {
	c := newConfig(t)
	h := c.controller("cpu")
	if h == nil || !isFile(h.Mount+"/cpu.rt_runtime_us") {
		t.Skip("no real-time scheduling of groups here")
	}
	res := &specs.LinuxResources{CPU: &specs.LinuxCPU{RealtimeRuntime: pointer[int64](2000), RealtimePeriod: pointer[uint64](500000)}}
	wantError(t, c.Create(res), "linux.resources.cpu.realtimeRuntime: write") // the parent has none
	c.undone = false
	if err := unix.Mkdir(h.Mount+parent(h.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	write1(t, h.Mount+parent(h.Path)+"/cpu.rt_runtime_us", "20000")
	if err := c.Create(res); err != nil {
		t.Fatal(err)
	}
	wantFile(t, c, "cpu", "cpu.rt_runtime_us", "2000")
	wantFile(t, c, "cpu", "cpu.rt_period_us", "500000")
}

func TestCreateWeights(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("the files are those of cgroup v1")
	}
	needController(t, c, "blkio")
	err := c.Create(&specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{Weight: pointer[uint16](300)}})
	dir := c.controller("blkio").Dir()
	if err != nil && !isFile(dir+"/blkio.bfq.weight") {
		wantError(t, err, "linux.resources.blockIO.weight: this kernel shares out no block I/O")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := readFile(dir + "/blkio.bfq.weight"); !strings.Contains(got, "300") {
		t.Errorf("blkio.bfq.weight is %q", got)
	}
}

func TestCreateNoLeafWeight(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("the text is that of cgroup v1")
	}
	needController(t, c, "blkio")
	err := c.Create(&specs.LinuxResources{BlockIO: &specs.LinuxBlockIO{LeafWeight: pointer[uint16](300)}})
	wantError(t, err, "linux.resources.blockIO.leafWeight: Linux 5.0 dropped the CFQ scheduler, which had it: open ")
}

// Huge pages, on the unified hierarchy if that has their controller.
func TestCreateHugepages(t *testing.T) {
	c := newUnified(t)
	sizes, err := filepath.Glob("/sys/kernel/mm/hugepages/hugepages-2048kB")
	if err != nil || len(sizes) == 0 {
		t.Skip("no huge pages of 2 MB here")
	}
	have := readFields(c.unified().Mount + "/cgroup.controllers")
	if len(missing([]string{"hugetlb"}, have)) > 0 {
		t.Skip("no hugetlb controller on the unified hierarchy")
	}
	if err := c.Create(&specs.LinuxResources{HugepageLimits: []specs.LinuxHugepageLimit{{Pagesize: "2MB", Limit: 6 << 20}}}); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"} {
		if got, _ := readFile(c.unified().Dir() + "/" + file); strings.TrimSpace(got) != "6291456" {
			t.Errorf("%s is %q", file, got)
		}
	}
	err = setIn(&hugepageLimits([]specs.LinuxHugepageLimit{{Pagesize: "3MB"}})[0], 2, c.unified().Dir())
	wantError(t, err, "linux.resources.hugepageLimits[0]: this machine has no huge pages of 3MB: open ")
}

// Network classes and priorities, on a hierarchy that the test mounts for
// itself.
func TestCreateNetwork(t *testing.T) {
	dir := mountHierarchy(t, "net_cls,net_prio")
	c := &Config{Version: 1, Hierarchies: []Hierarchy{{Controllers: []string{"net_cls", "net_prio"}, Mount: dir, Path: "/rt-test"}}}
	if err := unix.Mkdir(dir+"/rt-test", 0o755); err != nil {
		t.Fatal(err)
	}
	defer unix.Rmdir(dir + "/rt-test")
	limits := networkLimits(&specs.LinuxNetwork{
		ClassID: pointer[uint32](0x100001), Priorities: []specs.LinuxInterfacePriority{{Name: "lo", Priority: 5}},
	})
	if err := c.setLimits(limits); err != nil {
		t.Fatal(err)
	}
	if got, _ := readFile(dir + "/rt-test/net_cls.classid"); got != "1048577\n" {
		t.Errorf("class %q", got)
	}
	if n, _ := readField(dir+"/rt-test/net_prio.ifpriomap", "lo"); n != 5 {
		t.Errorf("priority %d", n)
	}
	err := c.setLimits(networkLimits(&specs.LinuxNetwork{Priorities: []specs.LinuxInterfacePriority{{Name: "lo"}, {Name: "rtnone0", Priority: 5}}}))
	wantError(t, err, "linux.resources.network.priorities[1]: write ")
}

// mountHierarchy mounts a v1 hierarchy, in a mount namespace of the test's
// thread, and returns where. It may be one that the host uses.
func mountHierarchy(t *testing.T, controllers string) string {
	t.Helper()
	need.Root(t)
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Skip("no mount namespaces: ", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "rt-cgroup-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	unused := isUnused(controllers)
	if err := unix.Mount("rt-test", dir, "cgroup", 0, controllers); err != nil {
		t.Skipf("cannot mount %s: %v", controllers, err)
	}
	t.Cleanup(func() {
		if unused {
			unmountHierarchy(t, dir, controllers)
		} else if err := unix.Unmount(dir, 0); err != nil {
			t.Fatal(err)
		}
	})
	return dir
}

// isUnused reports whether the first of these controllers is in no hierarchy.
func isUnused(controllers string) bool {
	first, _, _ := strings.Cut(controllers, ",")
	all, _ := readFile("/proc/cgroups")
	return strings.Contains(all, "\n"+first+"\t0\t")
}

// unmountHierarchy unmounts a hierarchy for good: the kernel keeps one whose
// removed cgroups are not quite gone, until it is mounted and unmounted again.
func unmountHierarchy(t *testing.T, dir, controllers string) {
	for range 10 {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if isUnused(controllers) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err := unix.Mount("rt-test", dir, "cgroup", 0, controllers); err != nil {
			t.Fatal(err)
		}
	}
	t.Error("the hierarchy stays")
}

// someDisk returns the number of a disk of this machine.
func someDisk(t *testing.T) (major, minor int64) {
	t.Helper()
	files, _ := filepath.Glob("/sys/block/*/dev")
	for _, file := range files {
		content, err := readFile(file)
		if _, scanErr := fmt.Sscanf(content, "%d:%d", &major, &minor); err == nil && scanErr == nil {
			return major, minor
		}
	}
	t.Skip("no disk here")
	return 0, 0
}
