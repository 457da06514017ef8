package spec

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestValidateSeccomp(t *testing.T) {
	const allow = `"defaultAction": "SCMP_ACT_ALLOW"`
	tests := []struct{ seccomp, want string }{ // want: the fault, or "" for none
		{`{` + allow + `}`, ""},
		{`null`, ""},
		{`{}`, "defaultAction: is missing (want SCMP_ACT_KILL, "},
		{`{"defaultAction": "ALLOW"}`, `defaultAction: is "ALLOW", which is unknown`},
		{`{` + allow + `, "defaultErrnoRet": 1}`, "defaultErrnoRet: is set, but SCMP_ACT_ALLOW takes no errno"},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4095}`, ""},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}`, "defaultErrnoRet: is 4096 (want at most 4095)"},
		{`{"defaultAction": "SCMP_ACT_TRACE", "defaultErrnoRet": 65535}`, ""},
		{`{"defaultAction": "SCMP_ACT_TRACE", "defaultErrnoRet": 65536}`, "defaultErrnoRet: is 65536 (want at most 65535)"},
		{`{` + allow + `, "architectures": ["SCMP_ARCH_SHEB", "amd64"]}`, `architectures[1]: is "amd64"`},
		{`{` + allow + `, "flags": ["SECCOMP_FILTER_FLAG_NEW_LISTENER"]}`, "flags[0]: is "},
		{`{` + allow + `, "listenerPath": "/a"}`, ""},
		{`{` + allow + `, "listenerPath": "a"}`, "listenerPath: is \"a\" (want an absolute path)"},
		{`{` + allow + `, "listenerMetadata": "m"}`, "listenerMetadata: is set without listenerPath"},
		{`{"defaultAction": "SCMP_ACT_NOTIFY"}`, "listenerPath: is missing"},
		{`{` + allow + `, "syscalls": [{"names": ["a"], "action": "SCMP_ACT_NOTIFY"}]}`, "listenerPath: is missing"},
		{`{` + allow + `, "syscalls": [{"names": [], "action": "SCMP_ACT_LOG"}]}`, "syscalls[0].names: is empty"},
		{`{` + allow + `, "syscalls": [{"names": [""], "action": "SCMP_ACT_LOG"}]}`, "syscalls[0].names[0]: is empty"},
		{`{` + allow + `, "syscalls": [{"names": ["a"]}]}`, "syscalls[0].action: is missing"},
		{`{` + allow + `, "syscalls": [{"names": ["a"], "action": "SCMP_ACT_LOG", "errnoRet": 1}]}`, "syscalls[0].errnoRet: is set"},
		{`{` + allow + `, "syscalls": [{"names": ["a"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}]}`, "syscalls[0].args[0].index: is 6"},
		{`{` + allow + `, "syscalls": [{"names": ["a"], "action": "SCMP_ACT_LOG", "args": [{"op": "EQ"}]}]}`, "syscalls[0].args[0].op: is \"EQ\""},
	}
	for _, test := range tests {
		got := Validate(with(t, "linux.seccomp", test.seccomp)).Error()
		if test.want == "" && got != "" || !strings.HasPrefix(got, "linux.seccomp."+test.want) && test.want != "" || strings.Contains(got, "\n") {
			t.Errorf("%s: got %q, want %q", test.seccomp, got, test.want)
		}
	}
}

// TestSeccompFeatures holds what is advertised against what is accepted.
func TestSeccompFeatures(t *testing.T) {
	f := Features().Linux.Seccomp
	s := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, ListenerPath: "/a"}
	for _, a := range f.Archs {
		s.Architectures = append(s.Architectures, specs.Arch(a))
	}
	for _, flag := range f.KnownFlags {
		s.Flags = append(s.Flags, specs.LinuxSeccompFlag(flag))
	}
	for _, a := range f.Actions {
		s.Syscalls = append(s.Syscalls, specs.LinuxSyscall{Names: []string{"read"}, Action: specs.LinuxSeccompAction(a)})
	}
	for _, op := range f.Operators {
		s.Syscalls[0].Args = append(s.Syscalls[0].Args, specs.LinuxSeccompArg{Op: specs.LinuxSeccompOperator(op)})
	}
	if len(s.Architectures) != 23 || len(s.Flags) != 4 || len(s.Syscalls) != 9 || len(s.Syscalls[0].Args) != 7 {
		t.Errorf("advertised: %+v", f)
	}
	c := with(t, "linux.seccomp", `null`)
	c.Linux.Seccomp = s
	if faults := Validate(c); len(faults) > 0 {
		t.Error(faults)
	}
}
