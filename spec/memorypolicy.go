package spec

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// memoryMode is a mode of set_mempolicy(2) and how many nodes it takes.
type memoryMode struct {
	name  specs.MemoryPolicyModeType
	value int
	nodes nodesRule
}

// nodesRule says whether a mode takes a list of nodes.
type nodesRule int

const (
	nodesRequired nodesRule = iota
	nodesOptional
	nodesForbidden
)

// The newest mode is MPOL_WEIGHTED_INTERLEAVE, of Linux 6.9.
var memoryModes = [...]memoryMode{
	{specs.MpolDefault, unix.MPOL_DEFAULT, nodesForbidden},
	{specs.MpolBind, unix.MPOL_BIND, nodesRequired},
	{specs.MpolInterleave, unix.MPOL_INTERLEAVE, nodesRequired},
	{specs.MpolWeightedInterleave, unix.MPOL_WEIGHTED_INTERLEAVE, nodesRequired},
	{specs.MpolPreferred, unix.MPOL_PREFERRED, nodesOptional}, // none: the local node
	{specs.MpolPreferredMany, unix.MPOL_PREFERRED_MANY, nodesRequired},
	{specs.MpolLocal, unix.MPOL_LOCAL, nodesForbidden},
}

var memoryFlags = [...]constant{
	{string(specs.MpolFNumaBalancing), unix.MPOL_F_NUMA_BALANCING},
	{string(specs.MpolFRelativeNodes), unix.MPOL_F_RELATIVE_NODES},
	{string(specs.MpolFStaticNodes), unix.MPOL_F_STATIC_NODES},
}

// MaxNodes is the highest number of NUMA nodes that any kernel is built for
// (CONFIG_NODES_SHIFT up to 10).
const MaxNodes = 1024

// MemoryPolicyMode returns the number of a mode of set_mempolicy(2).
func MemoryPolicyMode(m specs.MemoryPolicyModeType) (mode int, ok bool) {
	if found := findMemoryMode(m); found != nil {
		return found.value, true
	}
	return 0, false
}

// MemoryPolicyFlag returns the bit of a mode flag of set_mempolicy(2).
func MemoryPolicyFlag(f specs.MemoryPolicyFlagType) (flag int, ok bool) {
	value, ok := lookUp(memoryFlags[:], string(f))
	return int(value), ok
}

func findMemoryMode(m specs.MemoryPolicyModeType) *memoryMode {
	for i := range memoryModes {
		if memoryModes[i].name == m {
			return &memoryModes[i]
		}
	}
	return nil
}

func memoryModeNames() []string {
	list := make([]string, len(memoryModes))
	for i, m := range memoryModes {
		list[i] = string(m.name)
	}
	return list
}
