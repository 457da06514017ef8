package process

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestOOMScoreAdj(t *testing.T) {
	raised := ownScore(t) + 7
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		proc := HostProc(b)
		OOMScoreAdj(b, proc, nil)
		OOMScoreAdj(b, proc, &raised)
		shell(t, b, "cat /proc/self/oom_score_adj")
	}))
	if want := strconv.Itoa(raised) + "\n"; r.Output != want {
		t.Errorf("oom_score_adj %q, want %q", r.Output, want)
	}
}

func TestOOMScoreAdjWithoutPrivilege(t *testing.T) {
	lowered := ownScore(t) - 7
	r := steps.Run(t, func(b *program.Builder) {
		proc := HostProc(b)
		dropPrivileges(b)
		OOMScoreAdj(b, proc, &lowered)
	})
	want := "process.oomScoreAdj: set OOM score adjustment " + strconv.Itoa(lowered) + ": permission denied"
	if r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}

func ownScore(t *testing.T) int {
	data, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// dropPrivileges drops CAP_SYS_RESOURCE with all other capabilities.
func dropPrivileges(b *program.Builder) { b.Capset(0, 0, 0) }

func TestRlimits(t *testing.T) {
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		Rlimits(b, []specs.POSIXRlimit{
			{Type: "RLIMIT_NOFILE", Soft: 64, Hard: 65},
			{Type: "RLIMIT_CORE", Soft: 0, Hard: 4096},
		})
		shell(t, b, "cat /proc/self/limits")
	}))
	for line, want := range map[string]string{"Max open files": "64 65 files", "Max core file size": "0 4096 bytes"} {
		if got := limitLine(r.Output, line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func limitLine(limits, name string) string {
	for l := range strings.Lines(limits) {
		if rest, ok := strings.CutPrefix(l, name); ok {
			return strings.Join(strings.Fields(rest), " ")
		}
	}
	return ""
}

func TestRlimitsWithoutPrivilege(t *testing.T) {
	var own unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MSGQUEUE, &own); err != nil {
		t.Fatal(err)
	}
	if own.Max == unix.RLIM_INFINITY {
		t.Skip("needs a limit on POSIX message queues")
	}
	r := steps.Run(t, func(b *program.Builder) {
		dropPrivileges(b)
		Rlimits(b, []specs.POSIXRlimit{
			{Type: "RLIMIT_MSGQUEUE", Soft: own.Cur, Hard: own.Max}, // what it has already
			{Type: "RLIMIT_MSGQUEUE", Soft: 1, Hard: unix.RLIM_INFINITY},
		})
	})
	want := "process.rlimits[1] (RLIMIT_MSGQUEUE): set limits 1:unlimited: operation not permitted"
	if r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}

func TestRlimitUnknown(t *testing.T) {
	r := steps.Run(t, func(b *program.Builder) {
		Rlimits(b, []specs.POSIXRlimit{{Type: "RLIMIT_FISH"}})
	})
	if want := "process.rlimits[0] (RLIMIT_FISH): set limits 0:0: invalid argument"; r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}

func TestResetAffinity(t *testing.T) {
	allowed := func(bind bool) string {
		return status(t, func(b *program.Builder) {
			if bind {
				b.SchedSetaffinity([]byte{1})
			}
			ResetAffinity(b)
		})["Cpus_allowed"]
	}
	if free, bound := allowed(false), allowed(true); free != bound {
		t.Errorf("CPUs %s, want %s", bound, free)
	}
}
