package seccomp

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// arch is what a filter must know of an architecture, or of one of the ABIs
// of a machine.
type arch struct {
	name    specs.Arch
	machine string // whose kernels take its calls, as in GOARCH: see family
	audit   uint32 // seccomp_data.arch
	numbers int    // index in syscallNumbers
	base    uint32 // is added to the numbers of the table
	wide    bool   // its arguments have 64 bits
}

// x32Bit distinguishes the calls of the x32 ABI from those of the 64-bit ABI,
// which has the same seccomp_data.arch (__X32_SYSCALL_BIT).
const x32Bit = 0x40000000

// arches are the architectures of the specification. Those of a machine are
// together, and its own is the first of them.
//
// An x32 process has 64-bit registers and arguments. Its filter sees 32 bits of
// them, as with libseccomp: the kernel's calls take no more for an int.
var arches = [...]arch{
	{specs.ArchX86_64, "amd64", unix.AUDIT_ARCH_X86_64, numbersX86_64, 0, true},
	{specs.ArchX32, "amd64", unix.AUDIT_ARCH_X86_64, numbersX32, x32Bit, false},
	{specs.ArchX86, "amd64", unix.AUDIT_ARCH_I386, numbersX86, 0, false},
	{specs.ArchAARCH64, "arm64", unix.AUDIT_ARCH_AARCH64, numbersAArch64, 0, true},
	{specs.ArchARM, "arm64", unix.AUDIT_ARCH_ARM, numbersARM, 0, false},
	{specs.ArchMIPS64, "mips64", unix.AUDIT_ARCH_MIPS64, numbersMIPS64, 0, true},
	{specs.ArchMIPS64N32, "mips64", unix.AUDIT_ARCH_MIPS64N32, numbersMIPSN32, 0, false},
	{specs.ArchMIPS, "mips64", unix.AUDIT_ARCH_MIPS, numbersMIPS, 0, false},
	{specs.ArchMIPSEL64, "mips64le", unix.AUDIT_ARCH_MIPSEL64, numbersMIPS64, 0, true},
	{specs.ArchMIPSEL64N32, "mips64le", unix.AUDIT_ARCH_MIPSEL64N32, numbersMIPSN32, 0, false},
	{specs.ArchMIPSEL, "mips64le", unix.AUDIT_ARCH_MIPSEL, numbersMIPS, 0, false},
	{specs.ArchPPC64, "ppc64", unix.AUDIT_ARCH_PPC64, numbersPPC64, 0, true},
	{specs.ArchPPC, "ppc64", unix.AUDIT_ARCH_PPC, numbersPPC, 0, false},
	{specs.ArchPPC64LE, "ppc64le", unix.AUDIT_ARCH_PPC64LE, numbersPPC64, 0, true},
	{specs.ArchS390X, "s390x", unix.AUDIT_ARCH_S390X, numbersS390X, 0, true},
	{specs.ArchS390, "s390x", unix.AUDIT_ARCH_S390, numbersS390, 0, false},
	{specs.ArchRISCV64, "riscv64", unix.AUDIT_ARCH_RISCV64, numbersRISCV64, 0, true},
	{specs.ArchLOONGARCH64, "loong64", unix.AUDIT_ARCH_LOONGARCH64, numbersLoongArch64, 0, true},
	{specs.ArchPARISC64, "parisc64", unix.AUDIT_ARCH_PARISC64, numbersPARISC64, 0, true},
	{specs.ArchPARISC, "parisc64", unix.AUDIT_ARCH_PARISC, numbersPARISC, 0, false},
	{specs.ArchM68K, "m68k", unix.AUDIT_ARCH_M68K, numbersM68K, 0, false},
	{specs.ArchSH, "sh", unix.AUDIT_ARCH_SHEL, numbersSH, 0, false},
	{specs.ArchSHEB, "sheb", unix.AUDIT_ARCH_SH, numbersSH, 0, false},
}

// mask has the bits of an argument.
func (a *arch) mask() uint64 {
	if a.wide {
		return ^uint64(0)
	}
	return 1<<32 - 1
}

// bigEndian tells whether the high half of an argument comes first.
func bigEndian(machine string) bool {
	switch machine {
	case "mips64", "ppc64", "s390x", "parisc64", "m68k", "sheb":
		return true
	}
	return false
}

// family returns the machine in arches that takes the calls of machine, and
// which of its architectures is machine's own. A program for a 32-bit machine,
// and so rt, may run on a kernel of 64 bits, whose calls a profile may list.
func family(machine string) (of string, own specs.Arch) {
	switch machine {
	case "386":
		return "amd64", specs.ArchX86
	case "arm":
		return "arm64", specs.ArchARM
	}
	for i := range arches {
		if arches[i].machine == machine {
			return machine, arches[i].name
		}
	}
	return "", ""
}

// listed returns machine's own architecture, and those of the list whose calls
// machine's kernel takes. Its own comes first and needs no mention: libseccomp
// has it in every filter. The calls of x32 are told from others only together
// with those of x86_64.
func listed(list []specs.Arch, machine string) []*arch {
	machine, own := family(machine)
	var first, others []*arch
	for i := range arches {
		a := &arches[i]
		switch {
		case a.machine != machine:
		case a.name == own:
			first = append(first, a)
		case a.name == specs.ArchX32 && own != specs.ArchX86_64 && !slices.Contains(list, specs.ArchX86_64):
		case slices.Contains(list, a.name):
			others = append(others, a)
		}
	}
	return append(first, others...)
}
