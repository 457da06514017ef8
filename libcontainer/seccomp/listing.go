package seccomp

import (
	"fmt"
	"slices"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Listing is what a filter decides about the calls of one architecture. It is
// read from the decisions that the filter is compiled from, and not from the
// profile: rules that have no effect are not in it.
type Listing struct {
	Arch specs.Arch `json:"arch"`
	// Default is the verdict on a call that no rule names.
	Default string `json:"default"`
	// Newer is the verdict on calls that are newer than all that the profile
	// names, if that is another one.
	Newer string `json:"newer,omitempty"`
	// Calls are all calls that rt knows of the architecture, by name.
	Calls []CallListing `json:"calls"`
}

// CallListing is what a filter decides about a call.
type CallListing struct {
	Name   string `json:"name"`
	Number uint32 `json:"number"`
	// Rules are tried one after another.
	Rules []RuleListing `json:"rules,omitempty"`
	// Verdict is what counts if none of them is met.
	Verdict string `json:"verdict"`
}

// RuleListing is a verdict on calls that meet all conditions.
type RuleListing struct {
	If      []string `json:"if"` // "arg0 & 0x7e020000 == 0x0"
	Verdict string   `json:"verdict"`
}

// List returns what the filter of a checked profile decides on a machine, with
// the machine's own architecture first. Calls of an architecture that is not
// listed have the verdict [Unlisted].
func List(s *specs.LinuxSeccomp, machine string) ([]Listing, error) {
	p, err := newProfile(s)
	if err != nil {
		return nil, err
	}
	policies, err := p.policies(machine)
	if err != nil {
		return nil, err
	}
	var list []Listing
	for _, y := range policies {
		list = append(list, p.listing(y))
	}
	return list, nil
}

// Unlisted is the verdict on calls of an architecture that the profile does not
// list.
const Unlisted = "KILL_THREAD"

// Permits reports whether a call with this verdict is made, if no tracer objects.
func (c *CallListing) Permits() bool { return permits(c.Verdict) }

// Permits is as for [CallListing.Permits].
func (r *RuleListing) Permits() bool { return permits(r.Verdict) }

func permits(text string) bool {
	return text == "ALLOW" || text == "LOG" || len(text) > 5 && text[:5] == "TRACE"
}

// listing looks each call of the architecture up among the decisions.
func (p *profile) listing(y *policy) Listing {
	l := Listing{Arch: y.arch.name, Default: p.fallback.String()}
	if v, ok := p.unknown(y); ok && v != p.fallback {
		l.Newer = v.String()
	}
	decisions := p.spans(y, y.arch.base+1<<30)
	for _, c := range y.arch.calls() {
		l.Calls = append(l.Calls, decisions.of(c.Number).listing(c))
	}
	return l
}

// of returns the decision on a number.
func (l spans) of(nr uint32) decision {
	i, found := slices.BinarySearchFunc(l, nr, func(s span, nr uint32) int { return int(s.from) - int(nr) })
	if !found {
		i--
	}
	return l[i].decision
}

// listing puts the decision into words.
func (d decision) listing(c CallListing) CallListing {
	c.Verdict = d.last.String()
	for _, r := range d.rules {
		rule := RuleListing{Verdict: r.verdict.String()}
		for _, condition := range r.conditions {
			rule.If = append(rule.If, condition.String())
		}
		c.Rules = append(c.Rules, rule)
	}
	return c
}

// calls returns the system calls of the architecture, by name.
func (a *arch) calls() (list []CallListing) {
	names := syscallNames[:]
	if a.numbers == numbersARM {
		names = append(slices.Clone(names), armCalls[:]...)
		slices.Sort(names)
		names = slices.Compact(names)
	}
	for _, name := range names {
		if nr, ok := a.number(findSyscall(name)); ok {
			list = append(list, CallListing{Name: name, Number: nr})
		}
	}
	return list
}

// armCalls are the calls that armNumber knows.
var armCalls = [...]string{"breakpoint", "cacheflush", "get_tls", "set_tls", "usr26", "usr32"}

// String returns the condition as in C.
func (n condition) String() string {
	if n.op == spec.SeccompMaskedEqual {
		return fmt.Sprintf("arg%d & %#x == %#x", n.arg, n.mask, n.value)
	}
	return fmt.Sprintf("arg%d %s %#x", n.arg, [...]string{
		spec.SeccompNotEqual: "!=", spec.SeccompLess: "<", spec.SeccompLessEqual: "<=",
		spec.SeccompEqual: "==", spec.SeccompGreaterEqual: ">=", spec.SeccompGreater: ">",
	}[n.op], n.value)
}
