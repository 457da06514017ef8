package compile

import (
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The filter that reports is loaded before the init is ready, while there is a creator
// to take its listener, and the configuration's at the end, with the right to load it
// kept until then. What the init does before somebody listens is not reported.
func TestRecordInOrder(t *testing.T) {
	for _, own := range []bool{true, false} {
		s := testSpec(t, "docker")
		s.Process.NoNewPrivileges = false
		last := []string{"process.capabilities: give up CAP_SYS_ADMIN", "report to the creator", "report that the program is next"}
		if own {
			s.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActErrno}
			last = []string{"report to the creator", "report that the program is next", "linux.seccomp: load the filter", "process.capabilities: give up CAP_SYS_ADMIN"}
		} else {
			s.Linux.Seccomp = nil
		}
		p, err := Start(s, testHost(), Options{Bundle: "/bundle", Record: seccomp.NewRecording("amd64")})
		if err != nil {
			t.Fatal(err)
		}
		order := append([]string{
			"end with the creator, which records the system calls", "load the filter that reports system calls",
			"send the listener of the filter that reports system calls",
		}, last...)
		for n := range p.Program.Steps {
			if len(order) > 0 && strings.HasSuffix(p.Program.Origin(n).String(), order[0]) {
				order = order[1:]
			}
		}
		if len(order) > 0 {
			t.Errorf("own filter %v: not in this order: %q", own, order)
		}
		checkUnreported(t, p)
	}
}

// checkUnreported checks which calls are not reported: those of the failure handler, and
// the two that pass the listener on.
func checkUnreported(t *testing.T, p *Plan) {
	t.Helper()
	var got []uintptr
	for n := range p.Program.Steps {
		if s := &p.Program.Steps[n]; s.Op == program.OpCall && s.Args[5] != program.Null {
			got = append(got, s.Nr)
		}
	}
	want := []uintptr{unix.SYS_WRITE, unix.SYS_EXIT_GROUP, unix.SYS_SENDMSG, unix.SYS_CLOSE}
	if len(got) != len(want) {
		t.Fatalf("calls %v have a mark, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("calls %v have a mark, want %v", got, want)
		}
	}
	asks := p.Asks
	if len(asks) < 2 || asks[len(asks)-2].Kind != TakeRecording || asks[len(asks)-1].Kind != Ready {
		t.Errorf("the init asks %+v", asks)
	}
}
