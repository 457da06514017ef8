package seccomp

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func profileText(s *specs.LinuxSeccomp) string {
	text, _ := json.MarshalIndent(s, "", " ")
	return string(text)
}

// TestConflicts shows what becomes of rules that contradict each other. The
// results are those of libseccomp 2.5.4, except the last one.
func TestConflicts(t *testing.T) {
	if0 := func(value uint64, op specs.LinuxSeccompOperator) []specs.LinuxSeccompArg {
		return []specs.LinuxSeccompArg{{Value: value, Op: op}}
	}
	socket := func(action specs.LinuxSeccompAction, args ...specs.LinuxSeccompArg) specs.LinuxSyscall {
		return specs.LinuxSyscall{Names: []string{"socket"}, Action: action, Args: args}
	}
	tests := []struct {
		name  string
		rules []specs.LinuxSyscall
		want  verdict // on socket(1)
	}{
		{"always beats sometimes", []specs.LinuxSyscall{socket(specs.ActAllow, if0(1, specs.OpEqualTo)...), socket(specs.ActTrap)}, unix.SECCOMP_RET_TRAP},
		{"in any order", []specs.LinuxSyscall{socket(specs.ActTrap), socket(specs.ActAllow, if0(1, specs.OpEqualTo)...)}, unix.SECCOMP_RET_TRAP},
		{"the first always", []specs.LinuxSyscall{socket(specs.ActTrap), socket(specs.ActAllow)}, unix.SECCOMP_RET_TRAP},
		{"the default is no rule", []specs.LinuxSyscall{socket(specs.ActErrno), socket(specs.ActAllow)}, unix.SECCOMP_RET_ALLOW},
		{"the same argument twice is an or", []specs.LinuxSyscall{socket(specs.ActAllow,
			append(if0(1, specs.OpEqualTo), if0(2, specs.OpEqualTo)...)...)}, unix.SECCOMP_RET_ALLOW},
		{"the first of two that are met", []specs.LinuxSyscall{socket(specs.ActTrap, if0(0, specs.OpGreaterThan)...),
			socket(specs.ActAllow, if0(1, specs.OpEqualTo)...)}, unix.SECCOMP_RET_TRAP},
	}
	for _, test := range tests {
		s := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: test.rules}
		filter, err := compile(s, "amd64")
		if err != nil {
			t.Fatal(err)
		}
		d := data{nr: unix.SYS_SOCKET, arch: unix.AUDIT_ARCH_X86_64, args: [6]uint64{1}}
		if got := run(t, filter, d, "amd64").verdict; runtimeIsAMD64 && got != test.want {
			t.Errorf("%s: %#x, want %#x", test.name, uint32(got), uint32(test.want))
		}
	}
}

// runtimeIsAMD64 says that the numbers of package unix are those of amd64.
const runtimeIsAMD64 = unix.SYS_SOCKET == 41

func TestUnknown(t *testing.T) {
	s := &specs.LinuxSeccomp{Syscalls: []specs.LinuxSyscall{
		{Names: []string{"read", "no_such_call", "breakpoint"}}, {Names: []string{"no_such_call", "other"}},
	}}
	if got := Warning(s); !strings.HasSuffix(got, ": no_such_call, other") {
		t.Errorf("%q", got)
	}
	s.Syscalls = s.Syscalls[:0]
	if got := Warning(s); got != "" {
		t.Errorf("%q", got)
	}
}

func TestFlags(t *testing.T) {
	notify := []specs.LinuxSyscall{{Names: []string{"mkdir"}, Action: specs.ActNotify}}
	const killable = specs.LinuxSeccompFlagWaitKillableRecv
	tests := []struct {
		flags []specs.LinuxSeccompFlag
		rules []specs.LinuxSyscall
		want  uint64
	}{
		{nil, nil, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW},
		{[]specs.LinuxSeccompFlag{}, nil, 0},
		{[]specs.LinuxSeccompFlag{specs.LinuxSeccompFlagLog, "SECCOMP_FILTER_FLAG_TSYNC", killable}, nil, unix.SECCOMP_FILTER_FLAG_LOG},
		{[]specs.LinuxSeccompFlag{killable}, notify, unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | unix.SECCOMP_FILTER_FLAG_NEW_LISTENER},
	}
	for _, test := range tests {
		f, err := New(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Flags: test.flags, Syscalls: test.rules}, "amd64")
		if err != nil || f.flags != test.want {
			t.Errorf("%v: flags %#x, %v; want %#x", test.flags, f.flags, err, test.want)
		}
	}
}

// TestArchitectures holds the table against what features says.
func TestArchitectures(t *testing.T) {
	names := spec.Features().Linux.Seccomp.Archs
	if len(names) != len(arches) {
		t.Errorf("%d architectures, and features has %d", len(arches), len(names))
	}
	for i := range arches {
		if !slices.Contains(names, string(arches[i].name)) {
			t.Errorf("%s: is not in features", arches[i].name)
		}
	}
}
