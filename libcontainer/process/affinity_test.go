package process

import (
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestExecAffinity(t *testing.T) {
	all := status(t, ResetAffinity)["Cpus_allowed_list"]
	tests := []struct {
		name string
		a    *specs.CPUAffinity
		want string
	}{
		{"none", nil, all},
		{"empty", &specs.CPUAffinity{}, all},
		{"initial", &specs.CPUAffinity{Initial: "0"}, "0"},
		{"final", &specs.CPUAffinity{Final: "0"}, "0"},
		{"final beyond the machine", &specs.CPUAffinity{Initial: "0", Final: "0-8191"}, all},
	}
	for _, test := range tests {
		got := status(t, func(b *program.Builder) {
			InitialAffinity(b, test.a)
			FinalAffinity(b, test.a)
		})["Cpus_allowed_list"]
		if got != test.want {
			t.Errorf("%s: CPUs %q, want %q", test.name, got, test.want)
		}
	}
}
