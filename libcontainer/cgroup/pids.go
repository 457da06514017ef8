package cgroup

import specs "github.com/opencontainers/runtime-spec/specs-go"

// pidsLimits limits the number of processes and threads. 0 is a limit, unlike
// elsewhere, and the same as 1: the container has one process, and can start
// no other. With 0 in pids.max not even that could be started in its cgroup.
func pidsLimits(p *specs.LinuxPids) []limit {
	if p == nil || p.Limit == nil {
		return nil
	}
	const path = "linux.resources.pids"
	w := entry{setting: path + ".limit", file: "pids.max", value: "max"}
	if n := *p.Limit; n >= 0 {
		w.value = decimal(max(n, 1))
	}
	return direct(path, "pids", "pids", []entry{w})
}
