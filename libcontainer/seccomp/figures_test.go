package seccomp

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestDockerFigures holds what Docker's default profile costs. It logs the
// figures that docs/seccomp.md has.
func TestDockerFigures(t *testing.T) {
	filter, err := Compile(docker(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d instructions", len(filter))
	if len(filter) > 400 {
		t.Errorf("the filter has %d instructions", len(filter))
	}
	a := &arches[0]
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
	}
	t.Logf("%d calls are allowed, after %.1f instructions on average", allowed, float64(total)/float64(allowed))
	for _, name := range []string{"read", "write", "close", "futex", "epoll_wait", "openat", "clone", "socket", "clone3", "mount"} {
		nr, _ := a.number(findSyscall(name))
		o := run(t, filter, data{nr: nr, arch: a.audit}, "amd64")
		t.Logf("%s: %d instructions", name, o.instructions)
	}
}

// TestConstant is the premise of not caring which calls are frequent: since
// Linux 5.11 the kernel keeps a bitmap of the calls that a filter allows
// whatever their arguments are, and does not run it for them. It finds them
// with an interpreter that knows few instructions (kernel/seccomp.c,
// seccomp_is_const_allow): no loads but of number and architecture before the
// verdict.
func TestConstant(t *testing.T) {
	filter, err := Compile(docker(), "amd64")
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
		if _, err := Compile(s, "amd64"); err != nil {
			b.Fatal(err)
		}
	}
}
