package spec_test

import (
	"fmt"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/oci-rt/rt/spec"
)

// scheduled returns a change that sets process.scheduler.
func scheduled(sched specs.Scheduler) func(*specs.Spec) {
	return func(s *specs.Spec) { s.Process.Scheduler = &sched }
}

func TestValidateScheduler(t *testing.T) {
	const policies = "(want SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, SCHED_DEADLINE)"
	testFaults(t, []faultTest{
		{"no policy", scheduled(specs.Scheduler{}), "process.scheduler.policy: is missing " + policies},
		{"unknown", scheduled(specs.Scheduler{Policy: "SCHED_EXT"}), `process.scheduler.policy: is "SCHED_EXT", which is unknown ` + policies},
		{"never implemented", scheduled(specs.Scheduler{Policy: specs.SchedISO}),
			`process.scheduler.policy: is "SCHED_ISO", which is unknown ` + policies},
		{"nice", scheduled(specs.Scheduler{Policy: specs.SchedBatch, Nice: 20}),
			"process.scheduler.nice: is 20 (want -20 to 19)"},
		{"real time", scheduled(specs.Scheduler{Policy: specs.SchedRR, Priority: 99}), ""},
		{"real time without priority", scheduled(specs.Scheduler{Policy: specs.SchedRR}),
			"process.scheduler.priority: is 0 with SCHED_RR (want 1 to 99)"},
		{"priority without real time", scheduled(specs.Scheduler{Policy: specs.SchedOther, Priority: 1}),
			"process.scheduler.priority: is 1 with SCHED_OTHER (want 0, or SCHED_FIFO or SCHED_RR)"},
		{"priority that is kept", scheduled(specs.Scheduler{
			Policy: specs.SchedFIFO, Flags: []specs.LinuxSchedulerFlag{specs.SchedFlagKeepParams},
		}), ""},
		{"flag", scheduled(specs.Scheduler{
			Policy: specs.SchedOther, Flags: []specs.LinuxSchedulerFlag{specs.SchedFlagReclaim, "RECLAIM"},
		}), `process.scheduler.flags[1]: is "RECLAIM", which is unknown (want SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, ` +
			`SCHED_FLAG_DL_OVERRUN, SCHED_FLAG_KEEP_POLICY, SCHED_FLAG_KEEP_PARAMS, SCHED_FLAG_UTIL_CLAMP_MIN, SCHED_FLAG_UTIL_CLAMP_MAX)`},
		{"deadline", scheduled(specs.Scheduler{Policy: specs.SchedDeadline, Nice: 19, Runtime: 1024, Deadline: 1024}), ""},
		{"short deadline", scheduled(specs.Scheduler{Policy: specs.SchedDeadline, Runtime: 1023, Deadline: 1000, Period: 999}),
			"process.scheduler.runtime: is 1023 (want 1024 ns or more)\n" +
				"process.scheduler.deadline: is 1000, and runtime is 1023 (want at least runtime)\n" +
				"process.scheduler.period: is 999, and deadline is 1000 (want at least deadline, or 0 for the same)"},
		{"huge deadline", scheduled(specs.Scheduler{Policy: specs.SchedDeadline, Runtime: 1024, Deadline: 1 << 63, Period: 1 << 63}),
			"process.scheduler.deadline: is 9223372036854775808 (want less than 2^63 ns)\n" +
				"process.scheduler.period: is 9223372036854775808 (want less than 2^63 ns)"},
		{"deadline of another policy", scheduled(specs.Scheduler{Policy: specs.SchedOther, Runtime: 1, Deadline: 2, Period: 3}),
			"process.scheduler.runtime: is 1 with SCHED_OTHER (want 0, or SCHED_DEADLINE)\n" +
				"process.scheduler.deadline: is 2 with SCHED_OTHER (want 0, or SCHED_DEADLINE)\n" +
				"process.scheduler.period: is 3 with SCHED_OTHER (want 0, or SCHED_DEADLINE)"},
	})
}

func TestValidateIOPriority(t *testing.T) {
	set := func(class specs.IOPriorityClass, priority int) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Process.IOPriority = &specs.LinuxIOPriority{Class: class, Priority: priority} }
	}
	const classes = "(want IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE)"
	testFaults(t, []faultTest{
		{"lowest", set(specs.IOPRIO_CLASS_BE, 7), ""},
		{"no class", set("", 0), "process.ioPriority.class: is missing " + classes},
		{"none is no class", set("IOPRIO_CLASS_NONE", 8), `process.ioPriority.class: is "IOPRIO_CLASS_NONE", which is unknown ` + classes + "\n" +
			"process.ioPriority.priority: is 8 (want 0 (highest) to 7)"},
		{"below 0", set(specs.IOPRIO_CLASS_RT, -1), "process.ioPriority.priority: is -1 (want 0 (highest) to 7)"},
	})
}

func TestValidateExecCPUAffinity(t *testing.T) {
	set := func(initial, final string) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Process.ExecCPUAffinity = &specs.CPUAffinity{Initial: initial, Final: final} }
	}
	testFaults(t, []faultTest{
		{"empty", set("", ""), ""},
		{"lists", set("0-3,7", "8191"), ""},
		{"bad", set("all", "8192"),
			`process.execCPUAffinity.initial: has "all" in it, which is neither a number nor a range (want a list of CPUs like 0-3,7)` + "\n" +
				"process.execCPUAffinity.final: has 8192 in it, and no kernel has more than 8192 (want a list of CPUs like 0-3,7)"},
	})
}

func TestValidateMemoryPolicy(t *testing.T) {
	set := func(mode specs.MemoryPolicyModeType, nodes string, flags ...specs.MemoryPolicyFlagType) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Linux.MemoryPolicy = &specs.LinuxMemoryPolicy{Mode: mode, Nodes: nodes, Flags: flags}
		}
	}
	const modes = "(want MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, MPOL_PREFERRED, MPOL_PREFERRED_MANY, MPOL_LOCAL)"
	const flags = "linux.memoryPolicy.flags"
	testFaults(t, []faultTest{
		{"no mode", set("", "0"), "linux.memoryPolicy.mode: is missing " + modes},
		{"unknown", set("BIND", "0"), `linux.memoryPolicy.mode: is "BIND", which is unknown ` + modes},
		{"nodes", set(specs.MpolBind, "0-3,1023"), ""},
		{"bad nodes", set(specs.MpolBind, "0,3-1"),
			`linux.memoryPolicy.nodes: has the range 3-1 in it, which goes backwards (want a list of memory nodes like 0-3,7)`},
		{"preferred", set(specs.MpolPreferred, ""), ""},
		{"local", set(specs.MpolLocal, ""), ""},
		{"local with nodes", set(specs.MpolLocal, "0"), `linux.memoryPolicy.nodes: is "0", but MPOL_LOCAL takes no nodes (want none)`},
		{"no nodes", set(specs.MpolWeightedInterleave, ""),
			"linux.memoryPolicy.nodes: is empty, but MPOL_WEIGHTED_INTERLEAVE needs some (want a list of memory nodes like 0-3,7)"},
		{"flags", set(specs.MpolBind, "0", specs.MpolFStaticNodes, specs.MpolFNumaBalancing), ""},
		{"unknown flag", set(specs.MpolBind, "0", "STATIC"),
			flags + `[0]: is "STATIC", which is unknown (want MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES)`},
		{"both flags", set(specs.MpolBind, "0", specs.MpolFRelativeNodes, specs.MpolFStaticNodes),
			flags + "[0]: is MPOL_F_RELATIVE_NODES, besides MPOL_F_STATIC_NODES (want one of the two)"},
		{"flag without nodes", set(specs.MpolPreferred, "", specs.MpolFStaticNodes),
			flags + "[0]: is MPOL_F_STATIC_NODES without nodes (want nodes)"},
		{"balancing", set(specs.MpolInterleave, "0", specs.MpolFNumaBalancing),
			flags + "[0]: is MPOL_F_NUMA_BALANCING with MPOL_INTERLEAVE (want MPOL_BIND or MPOL_PREFERRED_MANY)"},
	})
}

func TestValidatePersonality(t *testing.T) {
	set := func(domain specs.LinuxPersonalityDomain, flags ...specs.LinuxPersonalityFlag) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Linux.Personality = &specs.LinuxPersonality{Domain: domain, Flags: flags} }
	}
	testFaults(t, []faultTest{
		{"linux", set(specs.PerLinux), ""},
		{"linux32", set(specs.PerLinux32), ""},
		{"none", set(""), "linux.personality.domain: is missing (want LINUX, LINUX32)"},
		{"flag", set("PER_LINUX", "ADDR_NO_RANDOMIZE"),
			`linux.personality.domain: is "PER_LINUX", which is unknown (want LINUX, LINUX32)` + "\n" +
				`linux.personality.flags[0]: is "ADDR_NO_RANDOMIZE" (want no flags: the specification has none)`},
	})
}

// inUserNamespace returns a change that puts the container into a user
// namespace in which ids 0 to 9 and 1000 are mapped.
func inUserNamespace(change func(*specs.Spec)) func(*specs.Spec) {
	return func(s *specs.Spec) {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
		s.Linux.UIDMappings = []specs.LinuxIDMapping{{ContainerID: 0, HostID: 100000, Size: 10}, {ContainerID: 1000, HostID: 1000, Size: 1}}
		s.Linux.GIDMappings = s.Linux.UIDMappings
		change(s)
	}
}

func TestValidateUserIsMapped(t *testing.T) {
	user := func(u specs.User) func(*specs.Spec) {
		return inUserNamespace(func(s *specs.Spec) { s.Process.User = u })
	}
	testFaults(t, []faultTest{
		{"mapped", user(specs.User{UID: 1000, GID: 9, AdditionalGids: []uint32{0}}), ""},
		{"not mapped", user(specs.User{UID: 10, GID: 999, AdditionalGids: []uint32{1, 1001}}),
			"process.user.uid: is 10, which linux.uidMappings does not map (want a user of the user namespace)\n" +
				"process.user.gid: is 999, which linux.gidMappings does not map (want a group of the user namespace)\n" +
				"process.user.additionalGids[1]: is 1001, which linux.gidMappings does not map (want a group of the user namespace)"},
		{"kept groups", inUserNamespace(func(s *specs.Spec) {
			s.Process.User.AdditionalGids = []uint32{5000}
			s.Annotations = map[string]string{"run.oci.keep_original_groups": "1"}
		}), ""},
		// What another namespace maps is for the kernel to say.
		{"joined", inUserNamespace(func(s *specs.Spec) {
			s.Process.User.UID = 5000
			s.Linux.UIDMappings, s.Linux.GIDMappings = nil, nil
			s.Linux.Namespaces[len(s.Linux.Namespaces)-1].Path = "/proc/1/ns/user"
		}), ""},
	})
}

func TestParseList(t *testing.T) {
	tests := []struct {
		list string
		want string
	}{
		{"0-3,7", "[8f] "},
		{"64", "[0 1] "},
		{"63-64,0", "[8000000000000001 1] "},
		{"1, 0-0", "[3] "},
		{"1,1", "[2] "},
		{"99", "[0 800000000] "},
		{"", `[] has "" in it, which is neither a number nor a range`},
		{"0,", `[] has "" in it, which is neither a number nor a range`},
		{"3-", `[] has "3-" in it, which is neither a number nor a range`},
		{"-1", `[] has "-1" in it, which is neither a number nor a range`},
		{"1-2-3", `[] has "1-2-3" in it, which is neither a number nor a range`},
		{"+1", `[] has "+1" in it, which is neither a number nor a range`},
		{"0x1", `[] has "0x1" in it, which is neither a number nor a range`},
		{"2-1", "[] has the range 2-1 in it, which goes backwards"},
		{"100", "[] has 100 in it, and no kernel has more than 100"},
		{"0-99999999999999999999", "[] has 9223372036854775807 in it, and no kernel has more than 100"},
	}
	for _, test := range tests {
		mask, problem := spec.ParseList(test.list, 100)
		if got := fmt.Sprintf("%x %s", mask, problem); got != test.want {
			t.Errorf("%q: got %s, want %s", test.list, got, test.want)
		}
	}
}

func TestKeepsGroups(t *testing.T) {
	for value, want := range map[string]bool{"1": true, "": true, "0": false} {
		if got := spec.KeepsGroups(map[string]string{"run.oci.keep_original_groups": value}); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	if spec.KeepsGroups(nil) {
		t.Error("without annotation: true, want false")
	}
}
