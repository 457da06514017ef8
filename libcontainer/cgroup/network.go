package cgroup

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// networkLimits returns the settings of the controllers net_cls and net_prio,
// which cgroup v2 has not: eBPF programs have their place there.
func networkLimits(n *specs.LinuxNetwork) []limit {
	if n == nil {
		return nil
	}
	const path = "linux.resources.network"
	var class, priorities []entry
	if id := value(n.ClassID); id != 0 {
		class = append(class, entry{setting: path + ".classID", file: "net_cls.classid", value: utoa(id)})
	}
	for i, p := range n.Priorities {
		priorities = append(priorities, entry{
			setting: fmt.Sprintf("%s.priorities[%d]", path, i),
			file:    "net_prio.ifpriomap", value: p.Name + " " + utoa(p.Priority),
		})
	}
	return append(direct(path+".classID", "net_cls", "", class), direct(path+".priorities", "net_prio", "", priorities)...)
}

// rdmaLimits limits the use of devices for remote direct memory access.
func rdmaLimits(devices map[string]specs.LinuxRdma) []limit {
	const path = "linux.resources.rdma"
	var list []entry
	for _, name := range slices.Sorted(maps.Keys(devices)) {
		text := name
		if n := devices[name].HcaHandles; n != nil {
			text += " hca_handle=" + utoa(*n)
		}
		if n := devices[name].HcaObjects; n != nil {
			text += " hca_object=" + utoa(*n)
		}
		list = append(list, entry{setting: fmt.Sprintf("%s[%q]", path, name), file: "rdma.max", value: text})
	}
	return direct(path, "rdma", "rdma", list)
}

// core is the part of a v2 file's name that is no controller: every cgroup
// has the files "cgroup.…".
const core = "cgroup"

// unifiedLimits returns the values for files of cgroup v2 that the
// configuration names. Each needs the controller that it begins with.
func unifiedLimits(values map[string]string) (list []limit) {
	for _, file := range slices.Sorted(maps.Keys(values)) {
		path := fmt.Sprintf("linux.resources.unified[%q]", file)
		controller, _, _ := strings.Cut(file, ".")
		list = append(list, direct(path, "", controller, byLine(entry{
			setting: path, file: file, value: values[file], missing: "this kernel has no such file",
		}))...)
	}
	return list
}
