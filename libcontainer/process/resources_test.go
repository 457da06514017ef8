package process

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
)

func TestOOMScoreAdj(t *testing.T) {
	need.Root(t) // the files in /proc of an image that nobody may read are root's
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
