package process

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Capabilities holds the five capability sets of a process
// (capabilities(7)). Bit n of a set is capability n.
type Capabilities struct {
	Bounding, Permitted, Effective, Inheritable, Ambient uint64
}

// NewCapabilities returns the sets of process.capabilities, as far as they can
// be granted. If that is nil, all are empty. available is what the init may
// have: its permitted set within its bounding set.
//
// What cannot be granted is left out and named in refused, with a sentence for
// each set. The specification wants it logged, and not to be an error. This
// concerns capabilities that the runtime does not have itself, and members that
// the kernel would refuse because the set that bounds theirs does not have
// them. Names that rt does not know are left out too.
func NewCapabilities(c *specs.LinuxCapabilities, available uint64) (caps Capabilities, refused []string) {
	if c == nil {
		return caps, nil
	}
	take := func(set string, names []string, bound uint64, why string) uint64 {
		for _, name := range names {
			if _, ok := spec.Capability(name); !ok {
				refused = append(refused, fmt.Sprintf("process.capabilities.%s: %q left out: no capability of that name is known (want one like CAP_KILL)", set, name))
			}
		}
		wanted := spec.CapabilityMask(names)
		if missing := wanted &^ bound; missing != 0 {
			refused = append(refused, fmt.Sprintf("process.capabilities.%s: %s left out: %s", set, capabilityNames(missing), why))
		}
		return wanted & bound
	}
	const unavailable = "not available to rt here"
	caps.Bounding = take("bounding", c.Bounding, available, unavailable)
	caps.Permitted = take("permitted", c.Permitted, available, unavailable)
	caps.Effective = take("effective", c.Effective, caps.Permitted, "not permitted")
	caps.Inheritable = take("inheritable", c.Inheritable, caps.Bounding, "not in the bounding set")
	caps.Ambient = take("ambient", c.Ambient, caps.Permitted&caps.Inheritable, "not both permitted and inheritable")
	return caps, refused
}

// capabilityNames lists the capabilities of a set.
func capabilityNames(set uint64) string {
	var names []string
	for ; set != 0; set &= set - 1 {
		names = append(names, spec.Capabilities()[bits.TrailingZeros64(set)])
	}
	return strings.Join(names, ", ")
}

// DropBounding drops from the bounding set all capabilities up to last, the
// kernel's highest, that are not to be in it.
//
// Preconditions: CAP_SETPCAP is in effect.
func (c *Capabilities) DropBounding(b *program.Builder, last uint) {
	b.At("process.capabilities.bounding", "")
	b.Doing("drop from the bounding set")
	for bit := range last + 1 {
		if c.Bounding>>bit&1 == 0 {
			b.Prctl(unix.PR_CAPBSET_DROP, program.Imm(bit))
		}
	}
}

// Set gives the other sets to the calling thread.
//
// Preconditions: [User] and [Capabilities.DropBounding] came before, and what
// follows needs no other capability.
func (c *Capabilities) Set(b *program.Builder) {
	b.At("process.capabilities", "")
	b.Doing("set capabilities")
	b.Capset(c.Effective, c.Permitted, c.Inheritable)
	b.At("process.capabilities.ambient", "")
	b.Doing("set ambient capabilities")
	b.Prctl(unix.PR_CAP_AMBIENT, program.Imm(unix.PR_CAP_AMBIENT_CLEAR_ALL))
	for set := c.Ambient; set != 0; set &= set - 1 {
		bit := bits.TrailingZeros64(set)
		b.Prctl(unix.PR_CAP_AMBIENT, program.Imm(unix.PR_CAP_AMBIENT_RAISE), program.Imm(bit))
	}
}
