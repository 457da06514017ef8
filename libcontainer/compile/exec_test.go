package compile

import (
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The programs of execs, in full: in an engine's container, and in a container
// that has a user namespace and the host's mount namespace.
func TestExecGolden(t *testing.T) {
	usual := Target{Namespaces: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC |
		unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP}
	tests := []struct {
		name   string
		target Target
		change func(*specs.Process)
	}{
		{"exec", usual, func(p *specs.Process) {}},
		{"exec_leftuser", Target{Namespaces: unix.CLONE_NEWUSER | unix.CLONE_NEWNET, LeftUser: true}, func(p *specs.Process) {}},
		{"exec_user", Target{Namespaces: unix.CLONE_NEWUSER | unix.CLONE_NEWNET, ChangesRoot: true}, func(p *specs.Process) {
			adj := 100
			p.OOMScoreAdj, p.User.UID = &adj, 1000
			p.ExecCPUAffinity = &specs.CPUAffinity{Initial: "0", Final: "0-1"}
			p.ApparmorProfile, p.SelinuxLabel = "profile", "a:b:c"
			p.Scheduler = &specs.Scheduler{Policy: specs.SchedBatch}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := testSpec(t, "default")
			s.Process.Args = []string{"true"}
			test.change(s.Process)
			p, err := Exec(s, testHost(), test.target, Options{Keyring: "_ses.test", ShowsTerminal: true})
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, test.name, p)
			// The premise of usualExecSteps: it is enough, and not much more than enough.
			n := len(p.Program.Steps)
			if test.name == "exec" && (n > usualExecSteps || n < usualExecSteps/2 || cap(p.Program.Steps) > 2*usualExecSteps) {
				t.Errorf("%d steps in room for %d, want room for %d", n, cap(p.Program.Steps), usualExecSteps)
			}
		})
	}
}
