package seccomp

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDockerFigures measures what Docker's default profile costs, and compares
// the table of docs/seccomp.md with that.
func TestDockerFigures(t *testing.T) {
	filter, err := compile(docker(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	if len(filter) > 400 {
		t.Errorf("the filter has %d instructions", len(filter))
	}
	a := &arches[0]
	cost := map[string]int{}
	total, allowed := 0, 0
	for _, name := range syscallNames {
		nr, ok := a.number(findSyscall(name))
		if !ok {
			continue
		}
		o := run(t, filter, data{nr: nr, arch: a.audit}, "amd64")
		if o.instructions > 18 {
			t.Errorf("%s: %d instructions", name, o.instructions)
		}
		if o.verdict == unix.SECCOMP_RET_ALLOW {
			total, allowed = total+o.instructions, allowed+1
		}
		cost[name] = o.instructions
	}
	want := []string{
		fmt.Sprintf("| length of the filter | %d |", len(filter)),
		fmt.Sprintf("| calls that are allowed | %d |", allowed),
		fmt.Sprintf("| mean of these calls | %.1f |", float64(total)/float64(allowed)),
	}
	compareFigures(t, want, cost)
}

// compareFigures compares the table of docs/seccomp.md with these rows and with
// what each call costs.
func compareFigures(t *testing.T, want []string, cost map[string]int) {
	t.Helper()
	page, err := os.ReadFile("../../docs/seccomp.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n## Figures\n")
	for _, row := range want {
		if !strings.Contains(table, "\n"+row+"\n") {
			t.Errorf("docs/seccomp.md lacks the row %s", row)
		}
	}
	calls := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		calls++
		name := strings.Split(cells[1], "`")[1]
		if n, ok := cost[name]; !ok || strings.TrimSpace(cells[2]) != fmt.Sprint(n) {
			t.Errorf("docs/seccomp.md says %q, %s costs %d", strings.TrimSpace(line), name, n)
		}
	}
	if calls < 5 {
		t.Errorf("docs/seccomp.md has figures of %d calls", calls)
	}
}

// TestConstant is the premise of not caring which calls are frequent: since
// Linux 5.11 the kernel keeps a bitmap of the calls that a filter allows
// whatever their arguments are, and does not run the filter for them. It finds
// these calls with an interpreter that knows few instructions
// (kernel/seccomp.c, seccomp_is_const_allow): before the verdict it knows no
// loads except those of number and architecture.
func TestConstant(t *testing.T) {
	filter, err := compile(docker(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	constant := 0
	for nr := range uint32(512) {
		o := run(t, filter, data{nr: nr, arch: unix.AUDIT_ARCH_X86_64}, "amd64")
		if o.verdict == unix.SECCOMP_RET_ALLOW && !o.arguments {
			constant++
		}
	}
	if constant < 290 {
		t.Errorf("only %d calls are allowed without a look at their arguments", constant)
	}
}

func BenchmarkCompileDocker(b *testing.B) {
	s := docker()
	for b.Loop() {
		if _, err := compile(s, "amd64"); err != nil {
			b.Fatal(err)
		}
	}
}
