package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// IOPriority sets the I/O priority of the process, which all processes of the
// container inherit. It does nothing if p is nil. The class for real time needs
// CAP_SYS_ADMIN or CAP_SYS_NICE in the initial user namespace (ioprio_set(2)).
//
// Preconditions: the process has its privileges.
func IOPriority(b *program.Builder, p *specs.LinuxIOPriority) {
	if p == nil {
		return
	}
	class, _ := spec.IOPriorityClass(p.Class)
	b.At("process.ioPriority", "")
	b.Doing("set I/O priority %s %d", p.Class, p.Priority)
	b.IoprioSet(program.Ioprio(class, uint(p.Priority)))
}
