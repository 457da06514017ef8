package seccomp

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestKernel has the kernel run the filter of each operator. lseek(2) of no
// file fails with EXDEV where the rule is met, and otherwise with EBADF.
func TestKernel(t *testing.T) {
	need.Root(t)
	values := []uint64{0, 1, 2, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<32 + 2, 1 << 63, ^uint64(0)}
	for _, op := range operators {
		for _, value := range []uint64{1, 1<<32 + 1} {
			s := &specs.LinuxSeccomp{
				DefaultAction: specs.ActAllow,
				Syscalls: []specs.LinuxSyscall{{
					Names: []string{"lseek"}, Action: specs.ActErrno, ErrnoRet: new(uint(unix.EXDEV)),
					Args: []specs.LinuxSeccompArg{{Index: 1, Value: value, ValueTwo: 1, Op: op}},
				}},
			}
			r := steps.Run(t, func(b *program.Builder) {
				load(t, b, s)
				for _, v := range values {
					want := unix.EBADF
					if matches(s.Syscalls[0].Args[0], true, v) {
						want = unix.EXDEV
					}
					b.Doing("lseek to %#x", v)
					b.Call(unix.SYS_LSEEK, program.Imm(-1), program.Imm(v), program.Imm(0)).Ignore(want)
				}
			})
			if r.Failure != "" || r.Status != 0 {
				t.Errorf("%s %#x: %s (status %#x)", op, value, r.Failure, r.Status)
			}
		}
	}
}

// load loads the filter of a profile as the init does.
func load(t *testing.T, b *program.Builder, s *specs.LinuxSeccomp) {
	t.Helper()
	f, err := New(s, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	b.Prctl(unix.PR_SET_NO_NEW_PRIVS, program.Imm(1))
	f.Load(b)
}

// TestKernelActions has the kernel do what can be seen from outside.
func TestKernelActions(t *testing.T) {
	need.Root(t)
	tests := []struct {
		action specs.LinuxSeccompAction
		signal unix.Signal // or 0
		errno  unix.Errno
	}{
		{specs.ActAllow, 0, unix.EBADF},
		{specs.ActLog, 0, unix.EBADF},
		{specs.ActErrno, 0, unix.EPERM},
		{specs.ActTrace, 0, unix.ENOSYS}, // nobody traces
		{specs.ActKill, unix.SIGSYS, 0},
		{specs.ActKillThread, unix.SIGSYS, 0},
		{specs.ActKillProcess, unix.SIGSYS, 0},
		{specs.ActTrap, unix.SIGSYS, 0},
	}
	for _, test := range tests {
		s := &specs.LinuxSeccomp{
			DefaultAction: specs.ActAllow,
			Flags:         []specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"},
			Syscalls:      []specs.LinuxSyscall{{Names: []string{"lseek"}, Action: test.action}},
		}
		r := steps.Run(t, func(b *program.Builder) {
			load(t, b, s)
			call := b.Call(unix.SYS_LSEEK, program.Imm(-1), program.Imm(0), program.Imm(0))
			if test.errno != 0 {
				call.Ignore(test.errno)
			}
		})
		if got := r.Status.Signal(); r.Failure != "" || test.signal != 0 && got != test.signal {
			t.Errorf("%s: %s (status %#x)", test.action, r.Failure, r.Status)
		}
	}
}

// TestKernelTakes has the kernel check the longest filters: it refuses jumps
// that lead nowhere and code that does not end.
func TestKernelTakes(t *testing.T) {
	need.Root(t)
	for _, s := range []*specs.LinuxSeccomp{docker(), manyRules(700)} {
		s.DefaultAction, s.DefaultErrnoRet = specs.ActAllow, nil // the steps must go on
		r := steps.Run(t, func(b *program.Builder) { load(t, b, s) })
		if r.Failure != "" || r.Status != 0 {
			t.Errorf("%s (status %#x)", r.Failure, r.Status)
		}
	}
}

// manyRules returns a profile whose jumps are far.
func manyRules(n int) *specs.LinuxSeccomp {
	s := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno}
	for i := range uint64(n) {
		s.Syscalls = append(s.Syscalls, specs.LinuxSyscall{
			Names: []string{"ioctl"}, Action: actions[i%uint64(len(actions))],
			Args: []specs.LinuxSeccompArg{{Index: uint(i % 6), Value: 3*i + 1<<40, Op: operators[i%3*2]}},
		})
	}
	return s
}

func TestTooLong(t *testing.T) {
	_, err := compile(manyRules(2000), "amd64")
	want := "linux.seccomp: the filter has %d instructions, and the kernel takes 4096"
	var n int
	if err == nil {
		t.Fatal("no error")
	}
	if _, scan := fmt.Sscanf(err.Error(), want, &n); scan != nil || n <= maxInstructions {
		t.Errorf("error %q", err)
	}
}
