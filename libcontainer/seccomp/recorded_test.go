package seccomp

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// made has a recorder for amd64 take calls down: by name, and the first argument.
func made(t *testing.T, abi specs.Arch, calls ...any) *Recorder {
	t.Helper()
	r := NewRecorder("amd64")
	return more(t, r, abi, append([]any{"execve", 0}, calls...)...)
}

func more(t *testing.T, r *Recorder, abi specs.Arch, calls ...any) *Recorder {
	t.Helper()
	all := ofMachine("amd64")
	for i := 0; i < len(calls); i += 2 {
		name := calls[i].(string)
		a := all[slices.IndexFunc(all, func(a *arch) bool { return a.name == abi })]
		if name == "execve" {
			a = all[0]
		}
		nr, ok := a.number(findSyscall(name))
		if !ok {
			t.Fatalf("%s has no %s", abi, name)
		}
		r.note(&notification{nr: int32(nr), arch: a.audit, args: [6]uint64{uint64(calls[i+1].(int))}})
	}
	return r
}

// added returns the names that a profile allows besides those of rt and unseen, and
// its rules with args.
func added(p *specs.LinuxSeccomp) (names, rules []string) {
	for _, s := range p.Syscalls {
		for _, a := range s.Args {
			rules = append(rules, fmt.Sprintf("%s %s %#x %#x", s.Names[0], a.Op, a.Value, a.ValueTwo))
		}
		for _, n := range s.Names {
			if len(s.Args) == 0 && !slices.Contains(unseen[:], n) && !slices.Contains(unseen32[:], n) {
				names = append(names, n)
			}
		}
	}
	return names, rules
}

func TestRecorded(t *testing.T) {
	const container = unix.CLONE_NEWPID | unix.CLONE_NEWNS
	tests := []struct {
		name    string
		abi     specs.Arch
		calls   []any
		args    bool
		names   string
		rules   string
		archs   string
		missing string
	}{
		{name: "sorted, and each once", calls: []any{"read", 1, "mkdir", 0, "read", 2}, names: "mkdir read"},
		{name: "clone without args", calls: []any{"clone", container, "socket", 2}, names: "clone socket"},
		{
			name: "clone and socket with args", args: true,
			calls: []any{"clone", container | int(unix.SIGCHLD), "clone", unix.CLONE_VM, "clone", unix.CLONE_FS, "socket", 10, "socket", 1, "clone3", 0},
			names: "clone3",
			rules: fmt.Sprintf("clone SCMP_CMP_MASKED_EQ %#x 0x0; clone SCMP_CMP_MASKED_EQ %#x %#x; ", namespaceFlags, namespaceFlags, container) +
				"socket SCMP_CMP_EQ 0x1 0x0; socket SCMP_CMP_EQ 0xa 0x0",
		},
		{
			name: "what an older ABI hides in socketcall", abi: specs.ArchX86, args: true,
			calls: []any{"socketcall", 1, "socketcall", 99, "ipc", 1<<16 | 21, "clone", 0},
			names: "shmat socket socketcall", rules: fmt.Sprintf("clone SCMP_CMP_MASKED_EQ %#x 0x0", namespaceFlags),
			archs: "SCMP_ARCH_X86 SCMP_ARCH_X86_64",
		},
		{name: "x32", abi: specs.ArchX32, calls: []any{"read", 0}, names: "read", archs: "SCMP_ARCH_X32 SCMP_ARCH_X86_64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.abi == "" {
				test.abi, test.archs = specs.ArchX86_64, "SCMP_ARCH_X86_64"
			}
			p, missing := made(t, test.abi, test.calls...).Profile(nil, test.args)
			names, rules := added(p)
			var archs []string
			for _, a := range p.Architectures {
				archs = append(archs, string(a))
			}
			got := []string{strings.Join(names, " "), strings.Join(rules, "; "), strings.Join(archs, " "), strings.Join(missing, "; ")}
			if diff := cmp.Diff([]string{test.names, test.rules, test.archs, test.missing}, got); diff != "" {
				t.Errorf("names, rules, architectures, missing (-want +got):\n%s", diff)
			}
			if _, err := New(p, "amd64"); err != nil || p.DefaultAction != specs.ActErrno {
				t.Errorf("profile %+v: %v", p, err)
			}
		})
	}
}

// What the init does before it executes the program is not recorded, except that
// it gives up CAP_SYS_ADMIN.
func TestRecordedFromExec(t *testing.T) {
	r := NewRecorder("amd64")
	more(t, r, specs.ArchX86_64, "write", 0, "seccomp", 0, "dup3", 0, "capset", 0, "execve", 0, "getpid", 0)
	p, _ := r.Profile(nil, false)
	if names, _ := added(p); !slices.Equal(names, []string{"capset", "getpid"}) {
		t.Errorf("names are %q", names)
	}
}

// A profile that is recorded again grows, and keeps what its author wrote.
func TestRecordedAgain(t *testing.T) {
	first, _ := made(t, specs.ArchX86_64, "read", 0, "socket", 2, "clone", 0).Profile(nil, true)
	text, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	second, missing := made(t, specs.ArchX86_64, "read", 0, "mkdir", 0, "socket", 1, "socket", 2).Profile(first, false)
	names, rules := added(second)
	if !slices.Equal(names, []string{"mkdir", "read"}) || len(rules) != 3 || len(missing) != 0 {
		t.Errorf("names %q, rules %q, missing %q", names, rules, missing)
	}
	if after, _ := json.Marshal(first); string(after) != string(text) {
		t.Errorf("the earlier profile was\n%s\nand is\n%s", text, after)
	}
	own := &specs.LinuxSeccomp{
		DefaultAction: specs.ActKillProcess, Architectures: []specs.Arch{specs.ArchAARCH64}, Flags: []specs.LinuxSeccompFlag{"SECCOMP_FILTER_FLAG_LOG"},
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"mkdir", "write"}, Action: specs.ActErrno, ErrnoRet: new(uint(unix.EACCES))},
			{Names: []string{"socket"}, Action: specs.ActAllow},
		},
	}
	p, missing := made(t, specs.ArchX86_64, "mkdir", 0, "socket", 2).Profile(own, true)
	if p.DefaultAction != own.DefaultAction || len(p.Architectures) != 2 || len(p.Flags) != 1 || !cmp.Equal(p.Syscalls[0], own.Syscalls[0]) {
		t.Errorf("profile is %+v", p)
	}
	if _, rules := added(p); len(rules) != 0 {
		t.Errorf("socket is allowed, and has the rules %q too", rules)
	}
	if want := "mkdir, for which the profile has SCMP_ACT_ERRNO"; !slices.Contains(missing, want) {
		t.Errorf("missing are %q, want %q", missing, want)
	}
}

// A call without a name is told, because no profile can name it.
func TestRecordedUnnamed(t *testing.T) {
	r := made(t, specs.ArchX86_64)
	r.note(&notification{nr: 9999, arch: unix.AUDIT_ARCH_X86_64})
	r.note(&notification{nr: 1, arch: 77})
	_, missing := r.Profile(nil, false)
	want := []string{"1 of architecture 0x4d, which has no name", "9999 of architecture 0xc000003e, which has no name"}
	if !slices.Equal(missing, want) {
		t.Errorf("missing are %q, want %q", missing, want)
	}
}

func TestCheckEarlier(t *testing.T) {
	for action, ok := range map[specs.LinuxSeccompAction]bool{
		specs.ActErrno: true, specs.ActKillProcess: true, specs.ActAllow: false, specs.ActLog: false, specs.ActNotify: false, "": false,
	} {
		if err := CheckEarlier(&specs.LinuxSeccomp{DefaultAction: action}, "amd64"); (err == nil) != ok {
			t.Errorf("%s: %v", action, err)
		}
	}
}

// Every call of every architecture has its name back.
func TestNames(t *testing.T) {
	for i := range arches {
		a := &arches[i]
		names := a.names()
		for nr, name := range names {
			if got, ok := a.number(findSyscall(name)); !ok || got != nr {
				t.Errorf("%s: %d is %s, which is %d", a.name, nr, name, got)
			}
		}
		if len(names) < 200 {
			t.Errorf("%s has %d calls", a.name, len(names))
		}
	}
}

// Around a process there is at most one filter with a listener.
func TestRecordingTwice(t *testing.T) {
	need.Root(t)
	r := steps.Run(t, func(b *program.Builder) {
		b.Prctl(unix.PR_SET_NO_NEW_PRIVS, program.Imm(1))
		b.SeccompFilter(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}})
		NewRecording(runtime.GOARCH).Load(b)
	})
	if !strings.Contains(r.Failure, "a filter around rt has a listener") {
		t.Errorf("failure is %q", r.Failure)
	}
}
