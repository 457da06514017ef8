package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// This file checks the settings of the rarer cgroup controllers. The machine's
// kernel checks what it has.

// Weights of block I/O. 0 stands for a weight that is not set.
const (
	minWeight = 10
	maxWeight = 1000
)

func (v *validator) blockIO(b *specs.LinuxBlockIO) {
	const at = "linux.resources.blockIO."
	v.weight(at+"weight", b.Weight)
	v.weight(at+"leafWeight", b.LeafWeight)
	for i, d := range b.WeightDevice {
		at := func(field string) string { return index(at+"weightDevice", i, field) }
		v.deviceNumber(at, d.Major, d.Minor)
		if d.Weight == nil && d.LeafWeight == nil {
			v.faults.add(at(""), "a weight or a leafWeight", "has none")
		}
		v.weight(at("weight"), d.Weight)
		v.weight(at("leafWeight"), d.LeafWeight)
	}
	v.throttle(at+"throttleReadBpsDevice", b.ThrottleReadBpsDevice)
	v.throttle(at+"throttleWriteBpsDevice", b.ThrottleWriteBpsDevice)
	v.throttle(at+"throttleReadIOPSDevice", b.ThrottleReadIOPSDevice)
	v.throttle(at+"throttleWriteIOPSDevice", b.ThrottleWriteIOPSDevice)
}

func (v *validator) weight(at string, w *uint16) {
	if w != nil && *w != 0 && (*w < minWeight || *w > maxWeight) {
		v.faults.addf(at, "10 to 1000", "is %d", *w)
	}
}

func (v *validator) throttle(list string, devices []specs.LinuxThrottleDevice) {
	for i, d := range devices {
		v.deviceNumber(func(field string) string { return index(list, i, field) }, d.Major, d.Minor)
	}
}

func (v *validator) deviceNumber(at func(field string) string, major, minor int64) {
	v.atLeast(at("major"), &major, 0, "0 or more")
	v.atLeast(at("minor"), &minor, 0, "0 or more")
}

// hugepages checks linux.resources.hugepageLimits. The size of a page becomes
// part of a file's name.
func (v *validator) hugepages() {
	seen := map[string]int{}
	for i, h := range v.res.HugepageLimits {
		at := index("linux.resources.hugepageLimits", i, "pageSize")
		if !isPageSize(h.Pagesize) {
			v.faults.addf(at, "a size like 64KB, 2MB or 1GB", "is %q", h.Pagesize)
		}
		if first, ok := seen[h.Pagesize]; ok {
			v.faults.addf(at, "each size once", "is %q again (first: linux.resources.hugepageLimits[%d])", h.Pagesize, first)
		} else {
			seen[h.Pagesize] = i
		}
	}
}

// isPageSize reports whether s is the size of a huge page as the kernel writes
// it in the names of files (hugetlb_cgroup.c).
func isPageSize(s string) bool {
	number, ok := strings.CutSuffix(s, "B")
	if !ok || number == "" || !strings.ContainsRune("KMG", rune(number[len(number)-1])) {
		return false
	}
	number = number[:len(number)-1]
	return isNumber(number) && number[0] != '0'
}

func (v *validator) network(n *specs.LinuxNetwork) {
	for i, p := range n.Priorities {
		v.deviceName(index("linux.resources.network.priorities", i, "name"), p.Name)
	}
}

func (v *validator) rdma() {
	for _, name := range slices.Sorted(maps.Keys(v.res.Rdma)) {
		at := member("linux.resources.rdma", name)
		if name == "" || strings.ContainsAny(name, " \t\n=") {
			v.faults.addf(at, "a name like mlx5_1", "is the device %q", name)
		}
		if d := v.res.Rdma[name]; d.HcaHandles == nil && d.HcaObjects == nil {
			v.faults.add(at, "hcaHandles or hcaObjects", "has neither")
		}
	}
}

// unified checks linux.resources.unified. Its keys are names of files. All are
// passed on to the kernel, except those that act on processes.
func (v *validator) unified() {
	for _, key := range slices.Sorted(maps.Keys(v.res.Unified)) {
		at := member("linux.resources.unified", key)
		controller, parameter, ok := strings.Cut(key, ".")
		switch {
		case !ok || controller == "" || parameter == "" || strings.Contains(key, "/"):
			v.faults.addf(at, "a file of a cgroup, like memory.high", "is %q", key)
		case slices.Contains([]string{"cgroup.procs", "cgroup.threads", "cgroup.freeze", "cgroup.kill"}, key):
			v.faults.add(at, "", "is not a setting: it moves, stops or kills processes")
		}
	}
}
