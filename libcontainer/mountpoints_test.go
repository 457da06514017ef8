package libcontainer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestLabelled(t *testing.T) {
	was := specs.Process{ApparmorProfile: "a", SelinuxLabel: "s:t"}
	tests := []struct {
		lsm  string
		want specs.Process
	}{
		{"", was},
		{"apparmor:b", specs.Process{ApparmorProfile: "b", SelinuxLabel: "s:t"}},
		{"selinux:u:r", specs.Process{ApparmorProfile: "a", SelinuxLabel: "u:r"}},
		{"other:x", was}, // CRIU knows what to say
	}
	for _, tt := range tests {
		p := was
		if diff := cmp.Diff(&tt.want, labelled(&p, tt.lsm)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.lsm, diff)
		}
		if diff := cmp.Diff(was, p); diff != "" {
			t.Errorf("%q changed what it was given (-want +got):\n%s", tt.lsm, diff)
		}
	}
}
