package creator

import (
	"testing"

	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// The error says how the init ended, what its starter knows about that, and
// where.
func TestExitError(t *testing.T) {
	explain := func(how string) string { return how + ", as it should" }
	for _, test := range []struct {
		status  unix.WaitStatus
		explain func(string) string
		want    string
	}{
		{unix.WaitStatus(unix.SIGKILL), explain, "the init process was killed by SIGKILL, as it should at its end"},
		{unix.WaitStatus(unix.SIGKILL), nil, "the init process was killed by SIGKILL at its end"},
		{unix.WaitStatus(unix.SIGSEGV), explain, "the init process was killed by SIGSEGV at its end"},
		{3 << 8, explain, "the init process ended with status 3 at its end"},
	} {
		s := &Session{Launch: Launch{Plan: &compile.Plan{Program: &program.Program{}}, ExplainKill: test.explain}}
		if got := s.exitError(test.status, 5).Error(); got != test.want {
			t.Errorf("%v:\n%s\nwant\n%s", test.status, got, test.want)
		}
	}
}
