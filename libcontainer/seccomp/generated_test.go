package seccomp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGenerated generates syscalls.go again.
func TestGenerated(t *testing.T) {
	sys, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Skip("go list:", err)
	}
	generator, err := filepath.Abs("gen_syscalls.go")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", generator, filepath.Join(strings.TrimSpace(string(sys)), "unix"))
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
