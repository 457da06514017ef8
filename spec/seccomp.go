package spec

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"
	"golang.org/x/sys/unix"
)

// seccompActions are the actions of linux.seccomp and what a filter returns
// for them (seccomp(2)). SCMP_ACT_KILL is libseccomp's old name.
var seccompActions = [...]constant{
	{string(specs.ActKill), unix.SECCOMP_RET_KILL_THREAD},
	{string(specs.ActKillProcess), unix.SECCOMP_RET_KILL_PROCESS},
	{string(specs.ActKillThread), unix.SECCOMP_RET_KILL_THREAD},
	{string(specs.ActTrap), unix.SECCOMP_RET_TRAP},
	{string(specs.ActErrno), unix.SECCOMP_RET_ERRNO},
	{string(specs.ActTrace), unix.SECCOMP_RET_TRACE},
	{string(specs.ActAllow), unix.SECCOMP_RET_ALLOW},
	{string(specs.ActLog), unix.SECCOMP_RET_LOG},
	{string(specs.ActNotify), unix.SECCOMP_RET_USER_NOTIF},
}

// SeccompAction returns what a filter returns for an action, and whether the
// low 16 bits of that are an errnoRet.
func SeccompAction(a specs.LinuxSeccompAction) (ret uint32, takesErrno, ok bool) {
	value, ok := lookUp(seccompActions[:], string(a))
	return uint32(value), a == specs.ActErrno || a == specs.ActTrace, ok
}

// SeccompOp is how a condition compares an argument.
type SeccompOp uint8

// The comparisons of an argument with a value.
const (
	SeccompNotEqual SeccompOp = iota
	SeccompLess
	SeccompLessEqual
	SeccompEqual
	SeccompGreaterEqual
	SeccompGreater
	SeccompMaskedEqual // argument & value == valueTwo
)

var seccompOperators = [...]constant{
	{string(specs.OpNotEqual), uint64(SeccompNotEqual)},
	{string(specs.OpLessThan), uint64(SeccompLess)},
	{string(specs.OpLessEqual), uint64(SeccompLessEqual)},
	{string(specs.OpEqualTo), uint64(SeccompEqual)},
	{string(specs.OpGreaterEqual), uint64(SeccompGreaterEqual)},
	{string(specs.OpGreaterThan), uint64(SeccompGreater)},
	{string(specs.OpMaskedEqual), uint64(SeccompMaskedEqual)},
}

// SeccompOperator returns the comparison with that name.
func SeccompOperator(op specs.LinuxSeccompOperator) (SeccompOp, bool) {
	value, ok := lookUp(seccompOperators[:], string(op))
	return SeccompOp(value), ok
}

// seccompFlags are the flags of seccomp(2) that a profile can ask for. rt is
// the only thread when it loads a filter, so TSYNC changes nothing.
var seccompFlags = [...]constant{
	{seccompTsync, unix.SECCOMP_FILTER_FLAG_TSYNC},
	{string(specs.LinuxSeccompFlagLog), unix.SECCOMP_FILTER_FLAG_LOG},
	{string(specs.LinuxSeccompFlagSpecAllow), unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	{string(specs.LinuxSeccompFlagWaitKillableRecv), unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV}, // Linux 5.19
}

// seccompTsync is in the text of the specification but not in its Go package.
const seccompTsync = "SECCOMP_FILTER_FLAG_TSYNC"

// SeccompFlag returns the number of a flag of seccomp(2).
func SeccompFlag(f specs.LinuxSeccompFlag) (uint64, bool) {
	return lookUp(seccompFlags[:], string(f))
}

// seccompArchitectures are the architectures that config-linux.md lists.
var seccompArchitectures = [...]string{
	string(specs.ArchX86), string(specs.ArchX86_64), string(specs.ArchX32),
	string(specs.ArchARM), string(specs.ArchAARCH64),
	string(specs.ArchMIPS), string(specs.ArchMIPS64), string(specs.ArchMIPS64N32),
	string(specs.ArchMIPSEL), string(specs.ArchMIPSEL64), string(specs.ArchMIPSEL64N32),
	string(specs.ArchPPC), string(specs.ArchPPC64), string(specs.ArchPPC64LE),
	string(specs.ArchS390), string(specs.ArchS390X),
	string(specs.ArchPARISC), string(specs.ArchPARISC64),
	string(specs.ArchRISCV64), string(specs.ArchLOONGARCH64),
	string(specs.ArchM68K), string(specs.ArchSH), string(specs.ArchSHEB),
}

// seccompFeatures returns what profiles may say. The caller adds which flags
// the kernel takes.
func seccompFeatures() *features.Seccomp {
	return &features.Seccomp{
		Enabled:    new(true),
		Actions:    constantNames(seccompActions[:]),
		Operators:  constantNames(seccompOperators[:]),
		Archs:      seccompArchitectures[:],
		KnownFlags: constantNames(seccompFlags[:]),
	}
}
