// Package seccomp compiles a seccomp profile into one filter, which is a
// program of the kernel's classic BPF (bpf(4), seccomp(2)). It does not use
// libseccomp, and works on pure data.
//
// A filter checks the architecture of the call. Then it searches for the call's
// number, by binary search among ranges of numbers with the same result. Then
// it compares arguments if a rule needs that. It is generated backwards: see
// assembler.
//
// Where the specification is silent, rules mean the same as for libseccomp,
// because profiles are written for it: see decision.add, multiplexed and
// newCondition. One case is different. If a call matches two rules with
// conditions and different actions, the first one of the profile counts here,
// and for libseccomp the one that comes first in its data structure.
package seccomp

import (
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// maxInstructions is BPF_MAXINSNS.
const maxInstructions = 4096

// The fields of struct seccomp_data.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArgs   = 16
)

// compile returns the filter of a checked profile for the kernel of a machine,
// named as in GOARCH. Architectures whose calls that kernel does not take are
// left out, because the filter is never asked about them.
func compile(s *specs.LinuxSeccomp, machine string) ([]unix.SockFilter, error) {
	p, err := newProfile(s)
	if err != nil {
		return nil, err
	}
	policies, err := p.policies(machine)
	if err != nil {
		return nil, err
	}
	c := &compiler{assembler: newAssembler()}
	if bigEndian(machine) {
		c.lowHalf = 4
	} else {
		c.highHalf = 4
	}
	entry := c.ret(unlisted)
	// Backwards, so that the machine's own calls come first.
	for end := len(policies); end > 0; {
		start := end - 1
		audit := policies[start].arch.audit
		for start > 0 && policies[start-1].arch.audit == audit {
			start--
		}
		body := c.load(offsetNumber, c.search(p.numbers(policies[start:end])))
		entry = c.jump(unix.BPF_JEQ, audit, body, entry)
		end = start
	}
	c.load(offsetArch, entry)
	if n := len(c.code); n > maxInstructions {
		return nil, fmt.Errorf("linux.seccomp: the filter has %d instructions, and the kernel takes %d (BPF_MAXINSNS): "+
			"it needs less rules with args or less architectures", n, maxInstructions)
	}
	return c.program(), nil
}

func (p *profile) policies(machine string) ([]*policy, error) {
	var list []*policy
	for _, a := range listed(p.Architectures, machine) {
		y, err := p.policy(a)
		if err != nil {
			return nil, err
		}
		list = append(list, y)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("linux.seccomp: rt does not know the system calls of %s", machine)
	}
	return list, nil
}

// numbers returns the decisions on all numbers of one seccomp_data.arch, which
// the architectures of these policies share.
func (p *profile) numbers(policies []*policy) spans {
	const end = 1 << 31 // numbers are positive: the kernel takes no others for calls
	y := policies[0]
	if y.arch.audit != unix.AUDIT_ARCH_X86_64 {
		return append(p.spans(y, end), span{end, decision{last: p.fallback}})
	}
	all := p.spans(y, x32Bit)
	if len(policies) == 2 {
		all = append(all, p.spans(policies[1], end)...)
	} else {
		all.put(x32Bit, decision{last: p.unlistedX32(y)})
	}
	// A tracer gives a call the number -1 to have it skipped.
	all.put(end, decision{last: p.fallback})
	return all
}

// unlistedX32 returns the verdict on calls of the x32 ABI in a profile without
// it. They must not pass as calls of the 64-bit ABI. If the profile makes
// unknown calls fail, they count as unknown, as in runc's filters.
func (p *profile) unlistedX32(native *policy) verdict {
	if unknown, ok := p.unknown(native); ok {
		return unknown
	}
	return unlisted
}

// compiler makes the code of a profile.
type compiler struct {
	*assembler
	lowHalf, highHalf uint32 // offsets of the halves of an argument
}

// search finds the span that the number in the accumulator is in.
func (c *compiler) search(list spans) label {
	switch n := len(list); {
	case n == 1:
		return c.decide(list[0].decision)
	case n == 3 && list[2].from == list[1].from+1 && list[0].equal(list[2].decision):
		exception := c.decide(list[1].decision)
		return c.jump(unix.BPF_JEQ, list[1].from, exception, c.decide(list[0].decision))
	}
	middle := len(list) / 2
	above := c.search(list[middle:])
	below := c.search(list[:middle])
	return c.jump(unix.BPF_JGE, list[middle].from, above, below)
}

// decide tries the rules one after another.
func (c *compiler) decide(d decision) label {
	next := c.ret(d.last)
	for i := len(d.rules) - 1; i >= 0; i-- {
		next = c.rule(d.rules[i], next)
	}
	return next
}

// rule returns the verdict if all conditions are met, and goes on at no if not.
func (c *compiler) rule(r rule, no label) label {
	yes := c.ret(r.verdict)
	for i := len(r.conditions) - 1; i >= 0; i-- {
		yes = c.condition(r.conditions[i], yes, no)
	}
	return yes
}
