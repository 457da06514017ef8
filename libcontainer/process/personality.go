package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Personality sets the execution domain of the process: with LINUX32, uname(2)
// reports a machine of 32 bits to it. It does nothing if p is nil.
//
// Preconditions: no seccomp filter is in force, because those of engines forbid
// the call.
func Personality(b *program.Builder, p *specs.LinuxPersonality) {
	if p == nil {
		return
	}
	domain, _ := spec.Personality(p.Domain)
	b.At("linux.personality", "")
	b.Doing("set personality %s", p.Domain)
	b.Personality(domain)
}
