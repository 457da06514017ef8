package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// MemoryPolicy says which NUMA nodes the process gets memory from
// (set_mempolicy(2)). The policy outlives execve(2), and all processes of the
// container inherit it. It does nothing if p is nil.
//
// Preconditions: the process is in the container's cgroup, because the nodes
// must be among those of its cpuset.
func MemoryPolicy(b *program.Builder, p *specs.LinuxMemoryPolicy) {
	if p == nil {
		return
	}
	mode, _ := spec.MemoryPolicyMode(p.Mode)
	for _, f := range p.Flags {
		flag, _ := spec.MemoryPolicyFlag(f)
		mode |= flag
	}
	var nodes []uint64
	if p.Nodes != "" {
		nodes, _ = spec.ParseList(p.Nodes, spec.MaxNodes)
	}
	b.At("linux.memoryPolicy", "")
	b.Doing("set memory policy %s", p.Mode)
	b.SetMempolicy(mode, nodes)
}
