package process

import (
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestPersonality(t *testing.T) {
	for _, test := range []struct {
		p    *specs.LinuxPersonality
		want string
	}{
		{nil, "00000000\n"},
		{&specs.LinuxPersonality{Domain: specs.PerLinux}, "00000000\n"},
		{&specs.LinuxPersonality{Domain: specs.PerLinux32}, "00000008\n"},
	} {
		r := succeed(t, steps.Run(t, func(b *program.Builder) {
			Personality(b, test.p)
			shell(t, b, "cat /proc/self/personality")
		}))
		if r.Output != test.want {
			t.Errorf("%v: personality %q, want %q", test.p, r.Output, test.want)
		}
	}
}
