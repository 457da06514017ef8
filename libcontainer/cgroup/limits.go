package cgroup

import (
	"errors"
	"math"
	"reflect"

	"github.com/opencontainers/cgroups"
	cgroup1 "github.com/opencontainers/cgroups/fs"
	cgroup2 "github.com/opencontainers/cgroups/fs2"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// limit is a group of limits that one controller enforces.
type limit struct {
	path   string // JSON path
	v1, v2 string // the controller; "" if this version cannot do it
	// set writes the limit to the container's directory. Its errors name the
	// setting.
	set func(version int, dir string) error
}

// limitsOf returns the limits of a configuration, devices excepted. Those of
// unified come last, so that they replace others for the same file.
func limitsOf(res *specs.LinuxResources) []limit {
	if res == nil {
		return nil
	}
	var all []limit
	for _, group := range [][]limit{
		memoryLimits(res.Memory), cpuLimits(res.CPU), pidsLimits(res.Pids),
		blockIOLimits(res.BlockIO), hugepageLimits(res.HugepageLimits), networkLimits(res.Network), rdmaLimits(res.Rdma),
		unifiedLimits(res.Unified),
	} {
		all = append(all, group...)
	}
	return all
}

// setter is a controller of the library's v1 driver.
type setter interface {
	Set(dir string, r *cgroups.Resources) error
}

// library returns a limit that the library writes, or none if r asks for
// nothing.
func library(path, v1, v2 string, driver setter, r cgroups.Resources) []limit {
	if reflect.ValueOf(r).IsZero() {
		return nil
	}
	r.SkipDevices = true
	set := func(version int, dir string) error {
		if version == 1 {
			return explain(driver.Set(dir, &r), path)
		}
		m, err := cgroup2.NewManager(&cgroups.Cgroup{}, dir)
		if err == nil {
			err = m.Set(&r)
		}
		return explain(err, path)
	}
	return []limit{{path, v1, v2, set}}
}

// memoryLimits leaves out what the kernel or cgroup v2 gave up (kernel,
// kernelTCP and useHierarchy), of which package spec warns.
func memoryLimits(m *specs.LinuxMemory) []limit {
	if m == nil {
		return nil
	}
	swappiness := m.Swappiness
	if value(swappiness) == math.MaxUint64 {
		swappiness = nil // how old engines write that it is not set
	}
	const path = "linux.resources.memory"
	group := &cgroup1.MemoryGroup{}
	limits := library(path, "memory", "memory", group, cgroups.Resources{
		Memory:                  value(m.Limit),
		MemoryReservation:       value(m.Reservation),
		MemorySwap:              value(m.Swap),
		MemoryCheckBeforeUpdate: value(m.CheckBeforeUpdate),
	})
	limits = append(limits, library(path+".swappiness", "memory", "", group, cgroups.Resources{MemorySwappiness: swappiness})...)
	return append(limits, library(path+".disableOOMKiller", "memory", "", group, cgroups.Resources{OomKillDisable: value(m.DisableOOMKiller)})...)
}

func cpuLimits(c *specs.LinuxCPU) []limit {
	if c == nil {
		return nil
	}
	const path = "linux.resources.cpu"
	group, set := &cgroup1.CpuGroup{}, &cgroup1.CpusetGroup{}
	limits := library(path, "cpu", "cpu", group, cgroups.Resources{
		CpuShares: value(c.Shares),
		CpuWeight: cgroups.ConvertCPUSharesToCgroupV2Value(value(c.Shares)),
		CpuQuota:  value(c.Quota),
		CpuPeriod: value(c.Period),
		CpuBurst:  c.Burst,
		CPUIdle:   c.Idle,
	})
	for _, more := range [][]limit{
		library(path+".realtimeRuntime", "cpu", "", group, cgroups.Resources{CpuRtRuntime: value(c.RealtimeRuntime), CpuRtPeriod: value(c.RealtimePeriod)}),
		library(path+".cpus", "cpuset", "cpuset", set, cgroups.Resources{CpusetCpus: c.Cpus}),
		library(path+".mems", "cpuset", "cpuset", set, cgroups.Resources{CpusetMems: c.Mems}),
	} {
		limits = append(limits, more...)
	}
	return limits
}

func pidsLimits(p *specs.LinuxPids) []limit {
	if p == nil {
		return nil
	}
	return library("linux.resources.pids", "pids", "pids", &cgroup1.PidsGroup{}, cgroups.Resources{PidsLimit: p.Limit})
}

// value returns what p points to, or zero.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// setLimits writes the limits.
func (c *Config) setLimits(limits []limit) error {
	for i := range limits {
		l := &limits[i]
		dir, err := c.dirFor(l)
		if err == nil {
			err = l.set(c.Version, dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dirFor returns the container's directory that has a limit's controller.
func (c *Config) dirFor(l *limit) (string, error) {
	switch {
	case c.Version == 2 && l.v2 == "":
		return "", l.needs("cgroup v1")
	case c.Version == 2:
		return c.unified().Dir(), nil
	case l.v1 == "":
		return "", l.needs("cgroup v2")
	}
	h := c.controller(l.v1)
	if h == nil {
		return "", l.unavailable(l.v1, nil)
	}
	return h.Dir(), nil
}

func (l *limit) needs(what string) error { return errors.New(l.path + ": needs " + what) }
