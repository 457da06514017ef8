package seccomp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestGenerated generates syscalls.go again.
func TestGenerated(t *testing.T) {
	sys, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Skip("go list:", err)
	}
	generator, err := filepath.Abs("gen_syscalls.go")
	other := filepath.Join(filepath.Dir(generator), "kernel_numbers.txt")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", generator, filepath.Join(strings.TrimSpace(string(sys)), "unix"), other)
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(cmd.Dir, "syscalls.go"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("syscalls.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("syscalls.go is not what go generate makes of golang.org/x/sys in go.mod")
	}
}

func TestNumbers(t *testing.T) {
	if !slices.IsSorted(syscallNames[:]) {
		t.Error("the names are not in order")
	}
	for _, test := range []struct {
		arch, name string
		want       uint32 // or 0 for none
	}{
		{"SCMP_ARCH_X86_64", "execve", 59},
		{"SCMP_ARCH_X32", "execve", x32Bit + 520},
		{"SCMP_ARCH_X32", "openat2", x32Bit + 437},
		{"SCMP_ARCH_X32", "uselib", 0},
		{"SCMP_ARCH_X86", "execve", 11},
		{"SCMP_ARCH_X86", "accept", 0},
		{"SCMP_ARCH_AARCH64", "execve", 221},
		{"SCMP_ARCH_AARCH64", "breakpoint", 0},
		{"SCMP_ARCH_ARM", "breakpoint", 0xf0001},
		{"SCMP_ARCH_MIPS", "execve", 4011},
		{"SCMP_ARCH_MIPSEL64", "execve", 5057},
		{"SCMP_ARCH_S390X", "execve", 11},
		{"SCMP_ARCH_S390", "execve", 11},
		{"SCMP_ARCH_S390", "setuid32", 213},
		{"SCMP_ARCH_S390", "futex_wait", 455},
		{"SCMP_ARCH_S390X", "setuid32", 0},
		{"SCMP_ARCH_MIPS64N32", "execve", 6057},
		{"SCMP_ARCH_MIPSEL64N32", "openat2", 6437},
		{"SCMP_ARCH_PARISC64", "openat2", 437},
		{"SCMP_ARCH_PARISC", "clock_gettime64", 403},
		{"SCMP_ARCH_PARISC64", "clock_gettime64", 0},
		{"SCMP_ARCH_M68K", "atomic_barrier", 336},
		{"SCMP_ARCH_SH", "cacheflush", 123},
		{"SCMP_ARCH_SHEB", "execve", 11},
		{"SCMP_ARCH_PPC64LE", "execve", 11},
		{"SCMP_ARCH_RISCV64", "execve", 221},
		{"SCMP_ARCH_LOONGARCH64", "execve", 221},
	} {
		i := slices.IndexFunc(arches[:], func(a arch) bool { return string(a.name) == test.arch })
		if got, ok := arches[i].number(findSyscall(test.name)); got != test.want || ok != (test.want != 0) {
			t.Errorf("%s: %s is %#x, %v; want %#x", test.arch, test.name, got, ok, test.want)
		}
	}
}

// TestEveryArchitecture: the filter knows the calls of each architecture that a
// profile may list.
func TestEveryArchitecture(t *testing.T) {
	for _, name := range spec.Features().Linux.Seccomp.Archs {
		i := slices.IndexFunc(arches[:], func(a arch) bool { return string(a.name) == name })
		if i < 0 {
			t.Errorf("%s: no table of numbers", name)
			continue
		}
		if n, ok := arches[i].number(findSyscall("openat2")); !ok || n&^x32Bit%1000 != 437 {
			t.Errorf("%s: openat2 is %d", name, n)
		}
	}
}

// TestListed: which architectures a filter has for a machine, its own first.
func TestListed(t *testing.T) {
	for _, test := range []struct{ machine, list, want string }{
		{"amd64", "", "SCMP_ARCH_X86_64"},
		{"amd64", "SCMP_ARCH_X32 SCMP_ARCH_X86", "SCMP_ARCH_X86_64 SCMP_ARCH_X32 SCMP_ARCH_X86"},
		{"386", "", "SCMP_ARCH_X86"},
		{"386", "SCMP_ARCH_X86_64", "SCMP_ARCH_X86 SCMP_ARCH_X86_64"},
		{"386", "SCMP_ARCH_X32", "SCMP_ARCH_X86"},
		{"386", "SCMP_ARCH_X32 SCMP_ARCH_X86_64", "SCMP_ARCH_X86 SCMP_ARCH_X86_64 SCMP_ARCH_X32"},
		{"arm", "SCMP_ARCH_AARCH64 SCMP_ARCH_ARM", "SCMP_ARCH_ARM SCMP_ARCH_AARCH64"},
		{"arm64", "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64 SCMP_ARCH_ARM"},
		{"s390x", "SCMP_ARCH_S390 SCMP_ARCH_X86", "SCMP_ARCH_S390X SCMP_ARCH_S390"},
		{"mips64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPS64 SCMP_ARCH_MIPS64N32"},
	} {
		var list []specs.Arch
		for name := range strings.FieldsSeq(test.list) {
			list = append(list, specs.Arch(name))
		}
		var got []string
		for _, a := range listed(list, test.machine) {
			got = append(got, string(a.name))
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%s with %q: %s, want %s", test.machine, test.list, text, test.want)
		}
	}
}
