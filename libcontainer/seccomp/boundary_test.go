package seccomp

import (
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestBoundaries looks at the numbers where x86_64 ends: at the newest call
// that a profile names, with or without effect, and at x32.
func TestBoundaries(t *testing.T) {
	const enosys = unix.SECCOMP_RET_ERRNO | verdict(unix.ENOSYS)
	const eperm = unix.SECCOMP_RET_ERRNO | verdict(unix.EPERM)
	rules := []specs.LinuxSyscall{
		{Names: []string{"read"}, Action: specs.ActAllow},
		{Names: []string{"write"}, Action: specs.ActErrno}, // number 1
	}
	x32 := []specs.Arch{specs.ArchX32}
	tests := []struct {
		action specs.LinuxSeccompAction
		arches []specs.Arch
		nr     uint32
		want   verdict
	}{
		{specs.ActErrno, nil, 0, unix.SECCOMP_RET_ALLOW},
		{specs.ActErrno, nil, 1, eperm},
		{specs.ActErrno, nil, 2, enosys},
		{specs.ActErrno, nil, x32Bit - 1, enosys},
		{specs.ActErrno, nil, x32Bit, enosys},
		{specs.ActErrno, x32, x32Bit, unix.SECCOMP_RET_ALLOW},
		{specs.ActErrno, x32, x32Bit + 1, eperm},
		{specs.ActErrno, x32, x32Bit + 2, enosys},
		{specs.ActErrno, x32, ^uint32(0), eperm},
		{specs.ActLog, nil, x32Bit - 1, unix.SECCOMP_RET_LOG},
		{specs.ActLog, nil, x32Bit, unlisted},
		{specs.ActLog, nil, 1<<31 - 1, unlisted},
		{specs.ActLog, nil, ^uint32(0), unix.SECCOMP_RET_LOG},
		{specs.ActLog, x32, x32Bit + 1, eperm},
	}
	for _, test := range tests {
		filter, err := compile(&specs.LinuxSeccomp{DefaultAction: test.action, Architectures: test.arches, Syscalls: rules}, "amd64")
		if err != nil {
			t.Fatal(err)
		}
		if got := run(t, filter, data{nr: test.nr, arch: unix.AUDIT_ARCH_X86_64}, "amd64").verdict; got != test.want {
			t.Errorf("%s %v: call %#x: %#x, want %#x", test.action, test.arches, test.nr, uint32(got), uint32(test.want))
		}
	}
}
