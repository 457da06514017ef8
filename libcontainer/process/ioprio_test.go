package process

import (
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestIOPriority(t *testing.T) {
	need.Root(t)
	tests := []struct {
		p    *specs.LinuxIOPriority
		want string // as ionice prints it
	}{
		{&specs.LinuxIOPriority{Class: specs.IOPRIO_CLASS_RT, Priority: 0}, "realtime: prio 0\n"},
		{&specs.LinuxIOPriority{Class: specs.IOPRIO_CLASS_BE, Priority: 7}, "best-effort: prio 7\n"},
		{&specs.LinuxIOPriority{Class: specs.IOPRIO_CLASS_IDLE, Priority: 3}, "idle\n"},
	}
	for _, test := range tests {
		r := succeed(t, steps.Run(t, func(b *program.Builder) {
			IOPriority(b, test.p)
			// ionice is a child, so that this is inherited, too.
			shell(t, b, "busybox() { "+need.Busybox(t)+" \"$@\"; }; busybox ionice -p $$; busybox ionice")
		}))
		if r.Output != test.want+test.want {
			t.Errorf("%v: I/O priority %q, want %q twice", *test.p, r.Output, test.want)
		}
	}
}

func TestIOPriorityWithoutPrivilege(t *testing.T) {
	r := steps.Run(t, func(b *program.Builder) {
		dropPrivileges(b)
		IOPriority(b, nil)
		IOPriority(b, &specs.LinuxIOPriority{Class: specs.IOPRIO_CLASS_IDLE})
		IOPriority(b, &specs.LinuxIOPriority{Class: specs.IOPRIO_CLASS_RT, Priority: 4})
	})
	if want := "process.ioPriority: set I/O priority IOPRIO_CLASS_RT 4: operation not permitted"; r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}
