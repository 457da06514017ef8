package seccomp

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestListing holds the list against the filter itself: every call of every
// architecture that has no rule on arguments.
func TestListing(t *testing.T) {
	for _, machine := range []string{"amd64", "arm64", "riscv64", "s390x"} {
		s := docker()
		f, err := New(s, machine)
		if err != nil {
			t.Fatal(err)
		}
		list, err := List(s, machine)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			a := &arches[slices.IndexFunc(arches[:], func(a arch) bool { return a.name == l.Arch })]
			unconditional := 0
			for _, c := range l.Calls {
				got := run(t, f.program, data{nr: c.Number, arch: a.audit}, machine)
				if got.arguments != (len(c.Rules) > 0) {
					t.Errorf("%s %s: the filter looks at arguments: %v, and the list has the rules %v", l.Arch, c.Name, got.arguments, c.Rules)
				}
				if len(c.Rules) == 0 {
					unconditional++
					if got.verdict.String() != c.Verdict {
						t.Errorf("%s %s: filter says %v, list says %s", l.Arch, c.Name, got.verdict, c.Verdict)
					}
				}
			}
			if unconditional < 250 {
				t.Errorf("%s: only %d calls without rules", l.Arch, unconditional)
			}
		}
	}
	if got := unlisted.String(); got != Unlisted {
		t.Errorf("an architecture that is not listed: %s, want %s", got, Unlisted)
	}
}

func TestListingOfRules(t *testing.T) {
	arg := func(op specs.LinuxSeccompOperator, value, two uint64) []specs.LinuxSeccompArg {
		return []specs.LinuxSeccompArg{{Index: 2, Value: value, ValueTwo: two, Op: op}}
	}
	s := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno,
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"read"}, Action: specs.ActAllow},
			{Names: []string{"clone"}, Action: specs.ActAllow, Args: arg(specs.OpMaskedEqual, 0xf0, 0)},
			{Names: []string{"clone"}, Action: specs.ActKillProcess, Args: arg(specs.OpGreaterThan, 7, 0)},
			{Names: []string{"kexec_load"}, Action: specs.ActErrno}, // the default: no rule
		},
	}
	list, err := List(s, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]CallListing{}
	for _, c := range list[0].Calls {
		calls[c.Name] = c
	}
	got := []CallListing{calls["read"], calls["clone"], calls["kexec_load"], calls["openat2"]}
	want := []CallListing{
		{Name: "read", Number: 0, Verdict: "ALLOW"},
		{Name: "clone", Number: 56, Verdict: "ERRNO(EPERM)", Rules: []RuleListing{
			{If: []string{"arg2 & 0xf0 == 0x0"}, Verdict: "ALLOW"}, {If: []string{"arg2 > 0x7"}, Verdict: "KILL_PROCESS"},
		}},
		{Name: "kexec_load", Number: 246, Verdict: "ERRNO(EPERM)"},
		{Name: "openat2", Number: 437, Verdict: "ERRNO(ENOSYS)"}, // newer than all that are named
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list[0].Default != "ERRNO(EPERM)" || list[0].Newer != "ERRNO(ENOSYS)" {
		t.Errorf("default %s, newer %s", list[0].Default, list[0].Newer)
	}
}
