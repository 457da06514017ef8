package spec

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// memoryPolicy checks linux.memoryPolicy by the rules of set_mempolicy(2).
func (v *validator) memoryPolicy(p *specs.LinuxMemoryPolicy) {
	const at = "linux.memoryPolicy."
	mode := findMemoryMode(p.Mode)
	if mode == nil {
		v.unknown(at+"mode", string(p.Mode), strings.Join(memoryModeNames(), ", "))
		return
	}
	switch {
	case p.Nodes != "" && mode.nodes == nodesForbidden:
		v.faults.addf(at+"nodes", "none", "is %q, but %s takes no nodes", p.Nodes, p.Mode)
	case p.Nodes != "":
		v.numberList(at+"nodes", p.Nodes, MaxNodes, "memory nodes")
	case mode.nodes == nodesRequired:
		v.faults.addf(at+"nodes", "a list of memory nodes like 0-3,7", "is empty, but %s needs some", p.Mode)
	}
	v.memoryFlags(at+"flags", p)
}

func (v *validator) memoryFlags(at string, p *specs.LinuxMemoryPolicy) {
	for i, f := range p.Flags {
		at := index(at, i, "")
		if _, ok := MemoryPolicyFlag(f); !ok {
			v.unknown(at, string(f), strings.Join(constantNames(memoryFlags[:]), ", "))
			continue
		}
		switch {
		case f == specs.MpolFNumaBalancing:
			if p.Mode != specs.MpolBind && p.Mode != specs.MpolPreferredMany {
				v.faults.addf(at, "MPOL_BIND or MPOL_PREFERRED_MANY", "is %s with %s", f, p.Mode)
			}
		case p.Nodes == "" && p.Mode != specs.MpolDefault:
			v.faults.addf(at, "nodes", "is %s without nodes", f)
		case f == specs.MpolFRelativeNodes && slices.Contains(p.Flags, specs.MpolFStaticNodes):
			v.faults.addf(at, "one of the two", "is %s, besides %s", f, specs.MpolFStaticNodes)
		}
	}
}

// personality checks linux.personality. The specification has no flags yet.
func (v *validator) personality() {
	p := v.linux.Personality
	if p == nil {
		return
	}
	if _, ok := Personality(p.Domain); !ok {
		v.unknown("linux.personality.domain", string(p.Domain), strings.Join(constantNames(personalityDomains[:]), ", "))
	}
	for i, f := range p.Flags {
		v.faults.addf(index("linux.personality.flags", i, ""), "no flags: the specification has none", "is %q", f)
	}
}
