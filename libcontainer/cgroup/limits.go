package cgroup

import (
	"errors"
	"maps"
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
	set    setter // writes it on v1
	cgroups.Resources
}

// anyController stands for the controllers that linux.resources.unified names
// by its keys.
const anyController = "*"

// setter is a controller of the library's v1 driver.
type setter interface {
	Set(dir string, r *cgroups.Resources) error
}

// limitsOf returns the limits of a configuration, devices excepted.
func limitsOf(res *specs.LinuxResources) ([]limit, error) {
	if res == nil {
		return nil, nil
	}
	if err := refuseDropped(res.Memory); err != nil {
		return nil, err
	}
	all := append(memoryLimits(res.Memory), cpuLimits(res.CPU)...)
	all = append(all, blockIOLimits(res.BlockIO)...)
	all = append(all, networkLimits(res.Network)...)
	if res.Pids != nil {
		all = append(all, limit{"linux.resources.pids", "pids", "pids", &cgroup1.PidsGroup{},
			cgroups.Resources{PidsLimit: res.Pids.Limit}})
	}
	all = append(all, hugepageLimits(res.HugepageLimits), rdmaLimits(res.Rdma),
		limit{path: "linux.resources.unified", v2: anyController, Resources: cgroups.Resources{Unified: maps.Clone(res.Unified)}})
	var asked []limit
	for _, l := range all {
		if !reflect.ValueOf(l.Resources).IsZero() {
			asked = append(asked, l)
		}
	}
	return asked, nil
}

// refuseDropped refuses limits that no kernel in use has any more.
func refuseDropped(m *specs.LinuxMemory) error {
	switch {
	case m == nil:
		return nil
	//lint:ignore SA1019 configurations may still have it
	case value(m.Kernel) > 0:
		return errors.New("linux.resources.memory.kernel: is not supported: it is deprecated since Linux 5.4")
	case value(m.KernelTCP) > 0:
		return errors.New("linux.resources.memory.kernelTCP: is not supported")
	case m.UseHierarchy != nil && !*m.UseHierarchy:
		return errors.New("linux.resources.memory.useHierarchy: cannot be false since Linux 5.11")
	}
	return nil
}

func memoryLimits(m *specs.LinuxMemory) []limit {
	if m == nil {
		return nil
	}
	group := &cgroup1.MemoryGroup{}
	both := limit{"linux.resources.memory", "memory", "memory", group, cgroups.Resources{
		Memory:                  value(m.Limit),
		MemoryReservation:       value(m.Reservation),
		MemorySwap:              value(m.Swap),
		MemoryCheckBeforeUpdate: value(m.CheckBeforeUpdate),
	}}
	return []limit{
		both,
		{"linux.resources.memory.swappiness", "memory", "", group, cgroups.Resources{MemorySwappiness: m.Swappiness}},
		{"linux.resources.memory.disableOOMKiller", "memory", "", group, cgroups.Resources{OomKillDisable: value(m.DisableOOMKiller)}},
	}
}

func cpuLimits(c *specs.LinuxCPU) []limit {
	if c == nil {
		return nil
	}
	group := &cgroup1.CpuGroup{}
	both := limit{"linux.resources.cpu", "cpu", "cpu", group, cgroups.Resources{
		CpuShares: value(c.Shares),
		CpuWeight: cgroups.ConvertCPUSharesToCgroupV2Value(value(c.Shares)),
		CpuQuota:  value(c.Quota),
		CpuPeriod: value(c.Period),
		CpuBurst:  c.Burst,
		CPUIdle:   c.Idle,
	}}
	return []limit{
		both,
		{"linux.resources.cpu.realtimeRuntime", "cpu", "", group, cgroups.Resources{CpuRtRuntime: value(c.RealtimeRuntime), CpuRtPeriod: value(c.RealtimePeriod)}},
		{"linux.resources.cpu.cpus", "cpuset", "cpuset", &cgroup1.CpusetGroup{}, cgroups.Resources{CpusetCpus: c.Cpus}},
		{"linux.resources.cpu.mems", "cpuset", "cpuset", &cgroup1.CpusetGroup{}, cgroups.Resources{CpusetMems: c.Mems}},
	}
}

func blockIOLimits(b *specs.LinuxBlockIO) []limit {
	if b == nil {
		return nil
	}
	group := &cgroup1.BlkioGroup{}
	both := limit{"linux.resources.blockIO", "blkio", "io", group, cgroups.Resources{
		BlkioWeight:                  value(b.Weight),
		BlkioWeightDevice:            weightDevices(b.WeightDevice),
		BlkioThrottleReadBpsDevice:   throttleDevices(b.ThrottleReadBpsDevice),
		BlkioThrottleWriteBpsDevice:  throttleDevices(b.ThrottleWriteBpsDevice),
		BlkioThrottleReadIOPSDevice:  throttleDevices(b.ThrottleReadIOPSDevice),
		BlkioThrottleWriteIOPSDevice: throttleDevices(b.ThrottleWriteIOPSDevice),
	}}
	return []limit{
		both,
		{"linux.resources.blockIO.leafWeight", "blkio", "", group, cgroups.Resources{BlkioLeafWeight: value(b.LeafWeight)}},
	}
}

func weightDevices(list []specs.LinuxWeightDevice) []*cgroups.WeightDevice {
	var devices []*cgroups.WeightDevice
	for _, d := range list {
		devices = append(devices, cgroups.NewWeightDevice(d.Major, d.Minor, value(d.Weight), value(d.LeafWeight)))
	}
	return devices
}

func throttleDevices(list []specs.LinuxThrottleDevice) []*cgroups.ThrottleDevice {
	var devices []*cgroups.ThrottleDevice
	for _, d := range list {
		devices = append(devices, cgroups.NewThrottleDevice(d.Major, d.Minor, d.Rate))
	}
	return devices
}

func networkLimits(n *specs.LinuxNetwork) []limit {
	if n == nil {
		return nil
	}
	var priorities []*cgroups.IfPrioMap
	for _, p := range n.Priorities {
		priorities = append(priorities, &cgroups.IfPrioMap{Interface: p.Name, Priority: int64(p.Priority)})
	}
	return []limit{
		{"linux.resources.network.classID", "net_cls", "", &cgroup1.NetClsGroup{}, cgroups.Resources{NetClsClassid: value(n.ClassID)}},
		{"linux.resources.network.priorities", "net_prio", "", &cgroup1.NetPrioGroup{}, cgroups.Resources{NetPrioIfpriomap: priorities}},
	}
}

func hugepageLimits(list []specs.LinuxHugepageLimit) limit {
	l := limit{path: "linux.resources.hugepageLimits", v1: "hugetlb", v2: "hugetlb", set: &cgroup1.HugetlbGroup{}}
	for _, h := range list {
		l.HugetlbLimit = append(l.HugetlbLimit, &cgroups.HugepageLimit{Pagesize: h.Pagesize, Limit: h.Limit})
	}
	return l
}

func rdmaLimits(devices map[string]specs.LinuxRdma) limit {
	l := limit{path: "linux.resources.rdma", v1: "rdma", v2: "rdma", set: &cgroup1.RdmaGroup{}}
	for name, d := range devices {
		if l.Rdma == nil {
			l.Rdma = map[string]cgroups.LinuxRdma{}
		}
		l.Rdma[name] = cgroups.LinuxRdma{HcaHandles: d.HcaHandles, HcaObjects: d.HcaObjects}
	}
	return l
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
func (c *Config) setLimits(limits []limit, res *specs.LinuxResources) error {
	for i := range limits {
		l := &limits[i]
		if err := c.set(l); err != nil {
			return explain(err, l.path, res)
		}
	}
	return nil
}

func (c *Config) set(l *limit) error {
	l.SkipDevices = true
	if c.Version == 1 {
		return c.setV1(l)
	}
	if l.v2 == "" {
		return errors.New("needs cgroup v1")
	}
	m, err := cgroup2.NewManager(&cgroups.Cgroup{}, c.unified().Dir())
	if err != nil {
		return err
	}
	return m.Set(&l.Resources)
}

func (c *Config) setV1(l *limit) error {
	if l.v1 == "" {
		return errors.New("needs cgroup v2")
	}
	h := c.controller(l.v1)
	if h == nil {
		return l.unavailable(l.v1, nil)
	}
	return l.set.Set(h.Dir(), &l.Resources)
}
