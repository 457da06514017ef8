package process

import (
	"encoding/binary"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// InitialAffinity binds the process to the initial CPUs of
// process.execCPUAffinity, for the way into the container.
//
// Preconditions: the process is not in the container's cgroup yet.
func InitialAffinity(b *program.Builder, a *specs.CPUAffinity) {
	if a != nil {
		affinity(b, "process.execCPUAffinity.initial", a.Initial)
	}
}

// FinalAffinity binds the process to the final CPUs of process.execCPUAffinity,
// for what it executes. If there are no initial ones either, the process may run
// on every CPU of its cpuset: see [ResetAffinity].
//
// Preconditions: the process is in the container's cgroup.
func FinalAffinity(b *program.Builder, a *specs.CPUAffinity) {
	if a == nil || a.Initial == "" && a.Final == "" {
		ResetAffinity(b)
		return
	}
	affinity(b, "process.execCPUAffinity.final", a.Final)
}

func affinity(b *program.Builder, setting, list string) {
	if list == "" {
		return
	}
	b.At(setting, list)
	b.Doing("set CPU affinity")
	words, _ := spec.ParseList(list, spec.MaxCPUs)
	var mask []byte
	for _, w := range words {
		mask = binary.NativeEndian.AppendUint64(mask, w)
	}
	b.SchedSetaffinity(mask)
}
