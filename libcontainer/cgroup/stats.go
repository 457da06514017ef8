package cgroup

import "math"

// Stats is what the kernel has counted for a container. Its layout as JSON is
// that of runc's event "stats" (its types/events.go), which engines read: zero
// values are there or not as they are there, and "no limit" is the largest
// number for memory and 0 for pids. What is not there is not in the JSON.
type Stats struct {
	CPU     CPUStats                `json:"cpu"`
	CPUSet  CPUSetStats             `json:"cpuset"` // of v1 alone
	Memory  MemoryStats             `json:"memory"`
	Pids    PidsStats               `json:"pids"`
	BlockIO BlockIOStats            `json:"blkio"`
	Hugetlb map[string]HugetlbStats `json:"hugetlb"` // by page size, "2MB"
	RDMA    RDMAStats               `json:"-"`
}

// CPUStats is about time, in nanoseconds.
type CPUStats struct {
	Usage      CPUUsage   `json:"usage"`
	Throttling Throttling `json:"throttling"`
	PSI        *PSI       `json:"psi,omitempty"`
}

// CPUUsage is CPU time since the container was made. Only v1 reports it for
// each CPU.
type CPUUsage struct {
	Total        uint64   `json:"total,omitempty"`
	PerCPU       []uint64 `json:"percpu,omitempty"`
	PerCPUKernel []uint64 `json:"percpu_kernel,omitempty"`
	PerCPUUser   []uint64 `json:"percpu_user,omitempty"`
	Kernel       uint64   `json:"kernel"`
	User         uint64   `json:"user"`
}

// Throttling says how often and how long the quota was used up.
type Throttling struct {
	Periods          uint64 `json:"periods,omitempty"`
	ThrottledPeriods uint64 `json:"throttledPeriods,omitempty"`
	ThrottledTime    uint64 `json:"throttledTime,omitempty"`
}

// CPUSetStats has the values of the files of v1's cpuset controller.
type CPUSetStats struct {
	CPUs                  []uint16 `json:"cpus,omitempty"`
	CPUExclusive          uint64   `json:"cpu_exclusive"`
	Mems                  []uint16 `json:"mems,omitempty"`
	MemHardwall           uint64   `json:"mem_hardwall"`
	MemExclusive          uint64   `json:"mem_exclusive"`
	MemoryMigrate         uint64   `json:"memory_migrate"`
	MemorySpreadPage      uint64   `json:"memory_spread_page"`
	MemorySpreadSlab      uint64   `json:"memory_spread_slab"`
	MemoryPressure        uint64   `json:"memory_pressure"`
	SchedLoadBalance      uint64   `json:"sched_load_balance"`
	SchedRelaxDomainLevel int64    `json:"sched_relax_domain_level"`
}

// MemoryStats is in bytes. Swap is memory and swap together, as v1 counts.
type MemoryStats struct {
	Cache     uint64            `json:"cache,omitempty"`
	Usage     MemoryUsage       `json:"usage"`
	Swap      MemoryUsage       `json:"swap"`
	Kernel    MemoryUsage       `json:"kernel"`
	KernelTCP MemoryUsage       `json:"kernelTCP"`
	Raw       map[string]uint64 `json:"raw,omitempty"` // memory.stat
	PSI       *PSI              `json:"psi,omitempty"`
	// Events counts what has happened, such as oom_kill: memory.events of v2,
	// memory.oom_control of v1.
	Events map[string]uint64 `json:"-"`
}

// MemoryUsage is one kind of memory. Failcnt says how often the limit was hit.
type MemoryUsage struct {
	Limit   uint64 `json:"limit"`
	Usage   uint64 `json:"usage,omitempty"`
	Max     uint64 `json:"max,omitempty"`
	Failcnt uint64 `json:"failcnt"`
}

// PidsStats counts processes and threads.
type PidsStats struct {
	Current uint64 `json:"current,omitempty"`
	Limit   uint64 `json:"limit,omitempty"`
}

// BlockIOStats is by device and operation, of the container's cgroup and those
// below. v2 has the first two.
type BlockIOStats struct {
	ServiceBytes []BlockIO `json:"ioServiceBytesRecursive,omitempty"`
	Serviced     []BlockIO `json:"ioServicedRecursive,omitempty"`
	Queued       []BlockIO `json:"ioQueueRecursive,omitempty"`
	ServiceTime  []BlockIO `json:"ioServiceTimeRecursive,omitempty"`
	WaitTime     []BlockIO `json:"ioWaitTimeRecursive,omitempty"`
	Merged       []BlockIO `json:"ioMergedRecursive,omitempty"`
	Time         []BlockIO `json:"ioTimeRecursive,omitempty"`
	Sectors      []BlockIO `json:"sectorsRecursive,omitempty"`
	PSI          *PSI      `json:"psi,omitempty"`
}

// BlockIO is one counter of one device.
type BlockIO struct {
	Major uint64 `json:"major,omitempty"`
	Minor uint64 `json:"minor,omitempty"`
	Op    string `json:"op,omitempty"`
	Value uint64 `json:"value,omitempty"`
}

// HugetlbStats is in bytes. Failcnt says how often the limit was hit.
type HugetlbStats struct {
	Usage   uint64 `json:"usage,omitempty"`
	Max     uint64 `json:"max,omitempty"`
	Failcnt uint64 `json:"failcnt"`
}

// RDMAStats are what a container may use of each device for remote direct memory
// access, and uses (kernel documentation, cgroup-v2, "RDMA").
type RDMAStats struct{ Current, Limit []RDMADevice }

// RDMADevice counts the handles and objects of one device.
type RDMADevice struct {
	Name             string
	Handles, Objects uint64
}

// PSI is the pressure stall information of one resource of a v2 cgroup:
// how much time some processes, or all, waited for it (kernel documentation,
// accounting/psi).
type PSI struct {
	Some Pressure `json:"some"`
	Full Pressure `json:"full"`
}

// Pressure is the share of time in percent over the last 10, 60 and 300
// seconds, and the time since the container was made in microseconds.
type Pressure struct {
	Avg10  float64 `json:"avg10"`
	Avg60  float64 `json:"avg60"`
	Avg300 float64 `json:"avg300"`
	Total  uint64  `json:"total"`
}

// unlimited is how the numbers have "no limit".
const unlimited = math.MaxUint64

// Stats reads the kernel's counters. A value is zero if its controller is
// missing. All values are zero if the container has no cgroups of its own.
func (c *Config) Stats() (*Stats, error) {
	switch {
	case c.Inherited:
		return &Stats{Hugetlb: map[string]HugetlbStats{}}, nil
	case c.Version == 2:
		return statsV2(c.unified().Dir())
	}
	return c.statsV1()
}
