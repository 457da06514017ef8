package process

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// scheduling is what /proc/<pid>/stat says of a process (proc_pid_stat(5)).
type scheduling struct{ priority, nice, realtime, policy string }

func parseScheduling(stat string) scheduling {
	// The fields behind the name, which may have blanks in it, begin with the
	// third.
	f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	return scheduling{priority: f[18-3], nice: f[19-3], realtime: f[40-3], policy: f[41-3]}
}

func TestScheduler(t *testing.T) {
	need.Root(t)
	tests := []struct {
		name string
		s    *specs.Scheduler
		want scheduling
	}{
		{"none", nil, scheduling{"20", "0", "0", "0"}},
		{"other", &specs.Scheduler{Policy: specs.SchedOther, Nice: 5}, scheduling{"25", "5", "0", "0"}},
		{"other, more", &specs.Scheduler{Policy: specs.SchedOther, Nice: -20}, scheduling{"0", "-20", "0", "0"}},
		{"batch", &specs.Scheduler{Policy: specs.SchedBatch, Nice: 19}, scheduling{"39", "19", "0", "3"}},
		{"idle", &specs.Scheduler{Policy: specs.SchedIdle}, scheduling{"20", "0", "0", "5"}},
		{"fifo", &specs.Scheduler{Policy: specs.SchedFIFO, Priority: 1}, scheduling{"-2", "0", "1", "1"}},
		{"rr", &specs.Scheduler{Policy: specs.SchedRR, Priority: 50}, scheduling{"-51", "0", "50", "2"}},
		{"keep", &specs.Scheduler{
			Policy: specs.SchedFIFO, Nice: 7, Flags: []specs.LinuxSchedulerFlag{specs.SchedFlagKeepPolicy},
		}, scheduling{"27", "7", "0", "0"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := succeed(t, steps.Run(t, func(b *program.Builder) {
				Scheduler(b, test.s)
				Exec(b, &specs.Process{Args: []string{need.Busybox(t), "cat", "/proc/self/stat"}}, program.Null)
			}))
			if got := parseScheduling(r.Output); got != test.want {
				t.Errorf("scheduling %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestSchedulerDeadline looks at a process that may not fork any more.
func TestSchedulerDeadline(t *testing.T) {
	need.Root(t)
	s := &specs.Scheduler{Policy: specs.SchedDeadline, Runtime: 2_000_000, Deadline: 5_000_000, Period: 10_000_000}
	run := func(script string) string {
		return steps.Run(t, func(b *program.Builder) {
			Scheduler(b, s)
			shell(t, b, script)
		}).Output
	}
	if got := parseScheduling(run("exec cat /proc/self/stat")); got.policy != "6" {
		t.Errorf("policy %s, want 6", got.policy)
	}
	if got := run("cat /proc/self/stat; true"); !strings.Contains(got, "can't fork") {
		t.Errorf("output %q, want that the shell cannot fork", got)
	}
	want := unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: unix.SCHED_DEADLINE,
		Runtime: s.Runtime, Deadline: s.Deadline, Period: s.Period,
	}
	got := ownSchedAttr(t, s)
	got.Util_max = 0 // depends on CONFIG_UCLAMP_TASK
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// ownSchedAttr returns what sched_getattr(2) says after the steps.
func ownSchedAttr(t *testing.T, s *specs.Scheduler) (attr unix.SchedAttr) {
	t.Helper()
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		Scheduler(b, s)
		buf := b.Buffer(unix.SizeofSchedAttr)
		b.Call(unix.SYS_SCHED_GETATTR, program.Imm(0), buf, program.Imm(unix.SizeofSchedAttr), program.Imm(0))
		b.WriteFrom(program.Imm(1), buf, unix.SizeofSchedAttr)
	}))
	if _, err := binary.Decode([]byte(r.Output), binary.NativeEndian, &attr); err != nil {
		t.Fatal(err)
	}
	return attr
}

// TestSchedulerResetOnFork looks at the process and at its child.
func TestSchedulerResetOnFork(t *testing.T) {
	need.Root(t)
	s := &specs.Scheduler{
		Policy: specs.SchedBatch, Nice: -5, Flags: []specs.LinuxSchedulerFlag{specs.SchedFlagResetOnFork},
	}
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		Scheduler(b, s)
		shell(t, b, "cat /proc/$$/stat; cat /proc/self/stat; true")
	}))
	own, child, _ := strings.Cut(r.Output, "\n")
	want := []scheduling{{"15", "-5", "0", "3"}, {"20", "0", "0", "3"}}
	if diff := cmp.Diff(want, []scheduling{parseScheduling(own), parseScheduling(child)}, cmp.AllowUnexported(scheduling{})); diff != "" {
		t.Errorf("process and child (-want +got):\n%s", diff)
	}
}

func TestSchedulerFaults(t *testing.T) {
	need.Root(t)
	without := func(b *program.Builder) { b.Capset(0, 0, 0) }
	tests := []struct {
		name   string
		before func(*program.Builder)
		s      specs.Scheduler
		want   string
	}{
		{"real time without CAP_SYS_NICE", without, specs.Scheduler{Policy: specs.SchedFIFO, Priority: 99},
			"process.scheduler: set scheduling policy SCHED_FIFO: operation not permitted"},
		{"nice without CAP_SYS_NICE", without, specs.Scheduler{Policy: specs.SchedOther, Nice: -1},
			"process.scheduler: set scheduling policy SCHED_OTHER: operation not permitted"},
		{"less nice without CAP_SYS_NICE", without, specs.Scheduler{Policy: specs.SchedOther, Nice: 1}, ""},
		{"period out of bounds", nothing, specs.Scheduler{Policy: specs.SchedDeadline, Runtime: 1024, Deadline: 1024, Period: 1024},
			"process.scheduler: set scheduling policy SCHED_DEADLINE: invalid argument"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := steps.Run(t, func(b *program.Builder) {
				test.before(b)
				Scheduler(b, &test.s)
			})
			if r.Failure != test.want {
				t.Errorf("failure %q, want %q", r.Failure, test.want)
			}
		})
	}
}

func TestSchedAttr(t *testing.T) {
	got := SchedAttr(&specs.Scheduler{
		Policy: specs.SchedDeadline, Nice: -3, Priority: 4, Runtime: 5, Deadline: 6, Period: 7,
		Flags: []specs.LinuxSchedulerFlag{
			specs.SchedFlagResetOnFork, specs.SchedFlagReclaim, specs.SchedFlagDLOverrun, specs.SchedFlagKeepPolicy,
			specs.SchedFlagKeepParams, specs.SchedFlagUtilClampMin, specs.SchedFlagUtilClampMax,
		},
	})
	want := unix.SchedAttr{
		Size: 56, Policy: 6, Flags: 0x7f, Nice: -3, Priority: 4, Runtime: 5, Deadline: 6, Period: 7,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
