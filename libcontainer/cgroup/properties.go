package cgroup

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/libcontainer/systemd"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// properties are those of a unit, each name once. They are resource limits as
// systemd knows them (systemd.resource-control(5)), which may write them again
// at any time: what is written to the cgroup's files alone is lost with the
// next daemon-reload.
type properties []systemd.Property

// infinity is how systemd writes no limit.
const infinity = math.MaxUint64

// set sets a property, in place of one of the same name.
func (p *properties) set(name string, value any) { p.put(systemd.NewProperty(name, value)) }

func (p *properties) put(property systemd.Property) {
	for i := range *p {
		if (*p)[i].Name == property.Name {
			(*p)[i] = property
			return
		}
	}
	*p = append(*p, property)
}

// remove removes a property, if it is there.
func (p *properties) remove(name string) {
	*p = slices.DeleteFunc(*p, func(q systemd.Property) bool { return q.Name == name })
}

// scopeProperties are those of a scope without limits. Delegate makes systemd
// leave the cgroup's inside alone. Without DefaultDependencies=no, a scope of
// an engine that is a service itself would end before that at shutdown.
func (c *Config) scopeProperties(pid int, more []systemd.Property) properties {
	var list properties
	list.set("Slice", c.Scope.Slice)
	list.set("Delegate", true)
	list.set("PIDs", []uint32{uint32(pid)})
	list.set("DefaultDependencies", false)
	list.set("MemoryAccounting", true)
	list.set("CPUAccounting", true)
	list.set("TasksAccounting", true)
	list.set(c.versioned("BlockIOAccounting", "IOAccounting"), true)
	for _, p := range more {
		list.put(p)
	}
	return list
}

// versioned returns the name of a property that depends on the version of
// cgroups.
func (c *Config) versioned(v1, v2 string) string {
	if c.Version == 1 {
		return v1
	}
	return v2
}

// resourceProperties adds the limits that are properties. version returns that
// of systemd, for properties that came late: all others are in systemd 244, which
// is older than any kernel that rt runs on.
func (c *Config) resourceProperties(list *properties, res *specs.LinuxResources, version func() (int, error)) error {
	if res == nil {
		return nil
	}
	c.memoryProperties(list, res.Memory)
	if err := c.cpuProperties(list, res.CPU, version); err != nil {
		return err
	}
	if p := res.Pids; p != nil && p.Limit != nil {
		list.set("TasksMax", tasksMax(*p.Limit))
	}
	if b := res.BlockIO; b != nil && value(b.Weight) != 0 {
		if c.Version == 1 {
			list.set("BlockIOWeight", uint64(*b.Weight))
		} else {
			list.set("IOWeight", ioWeight(*b.Weight))
		}
	}
	return unifiedProperties(list, res.Unified, version)
}

// tasksMax is a limit of processes: see pidsLimits.
func tasksMax(n int64) uint64 {
	if n < 0 {
		return infinity
	}
	return uint64(max(n, 1))
}

func (c *Config) memoryProperties(list *properties, m *specs.LinuxMemory) {
	if m == nil {
		return
	}
	if n := value(m.Limit); n != 0 {
		list.set(c.versioned("MemoryLimit", "MemoryMax"), uint64(n)) // -1 is infinity
	}
	if c.Version == 1 {
		return // systemd has no property of the others there
	}
	if n := value(m.Reservation); n != 0 {
		list.set("MemoryLow", uint64(n))
	}
	if n, ok := numberOrMax(swapMax(value(m.Limit), value(m.Swap))); ok {
		list.set("MemorySwapMax", n)
	}
}

// numberOrMax reads a value as the files of v2 have it.
func numberOrMax(text string) (uint64, bool) {
	if text = strings.TrimSpace(text); text == "max" {
		return infinity, true
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

func (c *Config) cpuProperties(list *properties, cpu *specs.LinuxCPU, version func() (int, error)) error {
	if cpu == nil {
		return nil
	}
	if n := value(cpu.Shares); n != 0 {
		if c.Version == 1 {
			list.set("CPUShares", n)
		} else {
			list.set("CPUWeight", weightOfShares(n))
		}
	}
	quotaProperties(list, value(cpu.Quota), value(cpu.Period))
	if c.Version == 1 {
		return nil
	}
	cpusetProperty(list, "AllowedCPUs", cpu.Cpus)
	cpusetProperty(list, "AllowedMemoryNodes", cpu.Mems)
	if value(cpu.Idle) == 1 {
		return idleProperty(list, version)
	}
	return nil
}

// idleProperty makes a cgroup idle, which replaces a weight.
func idleProperty(list *properties, version func() (int, error)) error {
	n, err := version()
	if err == nil && n >= 252 {
		list.set("CPUWeight", uint64(0))
	}
	return err
}

// quotaProperties adds a quota. systemd has it in whole percents of a CPU and
// rounds up, so that a quota that is written to the file is not above it.
func quotaProperties(list *properties, quota int64, period uint64) {
	if period != 0 {
		list.set("CPUQuotaPeriodUSec", period)
	}
	if quota == 0 && period == 0 {
		return
	}
	const percent = 10_000 // microseconds of each second
	perSecond := uint64(infinity)
	if quota > 0 {
		if period == 0 {
			period = 100_000
		}
		perSecond = uint64(math.Ceil(float64(quota)*1e6/float64(period)/percent)) * percent
	}
	list.set("CPUQuotaPerSecUSec", perSecond)
}

// cpusetProperty adds a list of CPUs or memory nodes as bits, CPU 0 being the
// lowest of the first byte. What is no list the kernel will refuse.
func cpusetProperty(list *properties, name, text string) {
	if bits := parseBits(text); len(bits) > 0 {
		list.set(name, bits)
	}
}

// parseBits returns the bits of a list such as "0-3,8", or none.
func parseBits(text string) []byte {
	const most = 8192 // CPUs that any kernel can have
	var bits []byte
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.ParseUint(from, 10, 16)
		last, err2 := strconv.ParseUint(to, 10, 16)
		if err1 != nil || err2 != nil || first > last || last >= most {
			return nil
		}
		for n := first; n <= last; n++ {
			for uint64(len(bits)) <= n/8 {
				bits = append(bits, 0)
			}
			bits[n/8] |= 1 << (n % 8)
		}
	}
	return bits
}
