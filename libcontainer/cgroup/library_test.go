package cgroup

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/cgroups"
	cgroup1 "github.com/opencontainers/cgroups/fs"
	cgroup2 "github.com/opencontainers/cgroups/fs2"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// The tests of this file hold the limits against github.com/opencontainers/
// cgroups, which is what runc has. It is the reference for what is written
// where; rt itself does not link it (see the package's comment).

// comparedFiles are the files of a cgroup that limits can be in, on any
// version.
var comparedFiles = []string{
	"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness", "memory.oom_control",
	"memory.max", "memory.low", "memory.swap.max",
	"cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.cfs_burst_us", "cpu.idle", "cpu.rt_period_us", "cpu.rt_runtime_us",
	"cpu.weight", "cpu.max", "cpu.max.burst", "cpuset.cpus", "cpuset.mems", "pids.max", "cgroup.controllers",
}

// byLibrary has the library write limits. dir returns the directory of a
// controller.
func byLibrary(version int, dir func(controller string) string, res *specs.LinuxResources) error {
	r := libraryResources(res)
	if version == 2 {
		m, err := cgroup2.NewManager(&cgroups.Cgroup{}, dir("memory"))
		if err != nil {
			return err
		}
		return m.Set(r)
	}
	for _, g := range []interface {
		Name() string
		Set(dir string, r *cgroups.Resources) error
	}{&cgroup1.MemoryGroup{}, &cgroup1.CpuGroup{}, &cgroup1.CpusetGroup{}, &cgroup1.PidsGroup{}} {
		if err := g.Set(dir(g.Name()), r); err != nil {
			return err
		}
	}
	return nil
}

func libraryResources(res *specs.LinuxResources) *cgroups.Resources {
	r := &cgroups.Resources{SkipDevices: true}
	if m := res.Memory; m != nil {
		r.Memory, r.MemorySwap, r.MemoryReservation = value(m.Limit), value(m.Swap), value(m.Reservation)
		r.MemorySwappiness, r.OomKillDisable = m.Swappiness, value(m.DisableOOMKiller)
		r.MemoryCheckBeforeUpdate = value(m.CheckBeforeUpdate)
	}
	if c := res.CPU; c != nil {
		r.CpuShares, r.CpuWeight = value(c.Shares), cgroups.ConvertCPUSharesToCgroupV2Value(value(c.Shares))
		r.CpuQuota, r.CpuPeriod, r.CpuBurst, r.CPUIdle = value(c.Quota), value(c.Period), c.Burst, c.Idle
		r.CpuRtRuntime, r.CpuRtPeriod = value(c.RealtimeRuntime), value(c.RealtimePeriod)
		r.CpusetCpus, r.CpusetMems = c.Cpus, c.Mems
	}
	if p := res.Pids; p != nil {
		r.PidsLimit = p.Limit
	}
	return r
}

// randomResources returns limits that package spec accepts, for an idle
// machine with one CPU.
func randomResources(r *rand.Rand, version int) *specs.LinuxResources {
	res := &specs.LinuxResources{Memory: randomMemory(r, version), CPU: randomCPU(r, version)}
	if n := r.Int64N(8) - 2; n >= -1 {
		res.Pids = &specs.LinuxPids{Limit: &n}
	}
	return res
}

func randomMemory(r *rand.Rand, version int) *specs.LinuxMemory {
	m := &specs.LinuxMemory{CheckBeforeUpdate: maybe(r, true)}
	m.Limit = maybe(r, pick(r, -1, 0, 1<<20+r.Int64N(1<<30)))
	if n := value(m.Limit); n > 0 {
		m.Swap = maybe(r, pick(r, -1, 0, n, n+r.Int64N(1<<30)))
	} else {
		m.Swap = maybe(r, pick[int64](r, -1, 0))
	}
	m.Reservation = maybe(r, pick(r, -1, 0, r.Int64N(1<<30)))
	if version == 1 {
		m.Swappiness = maybe(r, r.Uint64N(101))
		m.DisableOOMKiller = maybe(r, r.IntN(2) == 0)
	}
	return m
}

func randomCPU(r *rand.Rand, version int) *specs.LinuxCPU {
	c := &specs.LinuxCPU{Shares: maybe(r, pick(r, 0, minShares+r.Uint64N(maxShares-1)))}
	c.Period = maybe(r, pick(r, 0, 1000+r.Uint64N(999001)))
	c.Quota = maybe(r, pick(r, -1, 0, 1000+r.Int64N(1000000)))
	if n := value(c.Quota); n > 0 {
		c.Burst = maybe(r, r.Uint64N(uint64(n)+1))
	}
	if r.IntN(4) == 0 && (version == 1 || c.Shares == nil) {
		// The library cannot make a cgroup idle and give it shares on v2.
		c.Idle = pointer(r.Int64N(2))
	}
	c.Cpus, c.Mems = pick(r, "", "0"), pick(r, "", "0")
	return c
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func maybe[T any](r *rand.Rand, v T) *T {
	if r.IntN(2) == 0 {
		return nil
	}
	return &v
}

// TestLimitsAsLibrary compares what is written, in directories of plain files.
func TestLimitsAsLibrary(t *testing.T) {
	cgroups.TestMode = true
	t.Cleanup(func() { cgroups.TestMode = false })
	theirs, ours := fakeDir(t, comparedFiles...), fakeDir(t, comparedFiles...)
	for version := 1; version <= 2; version++ {
		t.Run(fmt.Sprint("v", version), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(version), 1))
			for range 100 {
				res := randomResources(r, version)
				if version == 1 && r.IntN(4) == 0 {
					res.CPU.RealtimePeriod, res.CPU.RealtimeRuntime = maybe(r, 1+r.Uint64N(1000)), maybe(r, r.Int64N(1000)-1)
				}
				compareWithLibrary(t, version, res, theirs, ours)
			}
		})
	}
}

func compareWithLibrary(t *testing.T, version int, res *specs.LinuxResources, theirs, ours string) {
	t.Helper()
	for _, file := range comparedFiles {
		if err := errors.Join(os.Truncate(filepath.Join(theirs, file), 0), os.Truncate(filepath.Join(ours, file), 0)); err != nil {
			t.Fatal(err)
		}
	}
	// The library reads these before it writes.
	const unlimited = "9223372036854771712"
	write1(t, theirs+"/memory.limit_in_bytes", unlimited)
	write1(t, theirs+"/cgroup.controllers", "")
	if err := byLibrary(version, func(string) string { return theirs }, res); err != nil {
		t.Fatal(err)
	}
	for _, l := range limitsOf(res) {
		if err := setIn(&l, version, ours); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range comparedFiles {
		want, got := fakeContent(t, theirs, file), fakeContent(t, ours, file)
		if want != got && !(want == unlimited && got == "") {
			t.Fatalf("%s is %q, want %q, for %s", file, got, want, describe(res))
		}
	}
}

func describe(res *specs.LinuxResources) string { return cmp.Diff(&specs.LinuxResources{}, res) }

// TestLimitsAsLibraryInKernel changes the limits of two cgroups in the same way
// and compares what the kernel says then. Where the library succeeds, rt must.
func TestLimitsAsLibraryInKernel(t *testing.T) {
	theirs, ours := newConfig(t), newConfig(t)
	for _, name := range []string{"memory", "cpu", "cpuset", "pids"} {
		needController(t, theirs, name)
	}
	for i := range ours.Hierarchies {
		ours.Hierarchies[i].Path += "-2"
	}
	r := rand.New(rand.NewPCG(1, 2))
	failed := 0
	for range 100 {
		recreate(t, theirs)
		recreate(t, ours)
		for range 4 {
			res := randomResources(r, ours.Version)
			if err := byLibrary(ours.Version, theirs.withController, res); err != nil {
				failed++
				break // somewhere in between
			}
			if err := ours.setLimits(limitsOf(res)); err != nil {
				t.Fatalf("%v, for %s", err, describe(res))
			}
			if d := cmp.Diff(kernelSays(theirs), kernelSays(ours)); d != "" {
				t.Fatalf("(-library +rt) %s for %s", d, describe(res))
			}
		}
	}
	t.Log("the library failed in", failed, "of 400 cases")
}

func recreate(t *testing.T, c *Config) {
	t.Helper()
	if err := c.Destroy(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.undone = false
	need := &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer[int64](-1)}, CPU: &specs.LinuxCPU{Idle: pointer[int64](0), Cpus: "0"}}
	if err := c.Create(need); err != nil {
		t.Fatal(err)
	}
}

func kernelSays(c *Config) map[string]string {
	content := map[string]string{}
	for _, file := range comparedFiles {
		controller, _, _ := strings.Cut(file, ".")
		if text, err := readFile(c.withController(controller) + "/" + file); err == nil {
			content[file] = text
		}
	}
	return content
}

func TestConversionsAsLibrary(t *testing.T) {
	for n := uint64(1); n <= maxShares+10; n++ {
		if got, want := weightOfShares(n), cgroups.ConvertCPUSharesToCgroupV2Value(n); got != want {
			t.Errorf("%d shares: weight %d, want %d", n, got, want)
		}
	}
	for n := uint16(10); n <= 1000; n++ {
		if got, want := ioWeight(n), cgroups.ConvertBlkIOToIOWeightValue(n); got != want {
			t.Errorf("weight %d: %d, want %d", n, got, want)
		}
	}
	for _, n := range []int64{-1, 0, 5, 9} {
		for _, limit := range []int64{-1, 5} {
			want, err := cgroups.ConvertMemorySwapToCgroupV2Value(n, limit)
			if got := swapMax(limit, n); err == nil && got != decimalOrMax(want) && !(n == 0 && got == "") {
				t.Errorf("memory %d, both %d: %q, want %d", limit, n, got, want)
			}
		}
	}
}
