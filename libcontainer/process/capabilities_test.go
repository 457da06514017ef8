package process

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const (
	chown   = 1 << unix.CAP_CHOWN
	kill    = 1 << unix.CAP_KILL
	netBind = 1 << unix.CAP_NET_BIND_SERVICE
	netRaw  = 1 << unix.CAP_NET_RAW
)

func TestNewCapabilities(t *testing.T) {
	const available = chown | kill | netBind
	tests := []struct {
		name    string
		spec    *specs.LinuxCapabilities
		want    Capabilities
		refused []string
	}{
		{name: "nil"},
		{name: "all sets",
			spec: &specs.LinuxCapabilities{
				Bounding:    []string{"CAP_CHOWN", "CAP_KILL"},
				Permitted:   []string{"CAP_CHOWN", "CAP_KILL"},
				Effective:   []string{"CAP_KILL"},
				Inheritable: []string{"CAP_CHOWN"},
				Ambient:     []string{"CAP_CHOWN"},
			},
			want: Capabilities{Bounding: chown | kill, Permitted: chown | kill, Effective: kill, Inheritable: chown, Ambient: chown}},
		{name: "unknown and unavailable",
			spec: &specs.LinuxCapabilities{Bounding: []string{"CAP_FLY", "CAP_NET_RAW", "CAP_CHOWN", "CAP_BPF"}},
			want: Capabilities{Bounding: chown},
			refused: []string{
				`process.capabilities.bounding: "CAP_FLY" left out: no capability of that name is known (want one like CAP_KILL)`,
				"process.capabilities.bounding: CAP_NET_RAW, CAP_BPF left out: not available to rt here",
			}},
		{name: "sets beyond those that bound them",
			spec: &specs.LinuxCapabilities{
				Permitted:   []string{"CAP_CHOWN"},
				Effective:   []string{"CAP_CHOWN", "CAP_KILL"},
				Inheritable: []string{"CAP_CHOWN"},
				Ambient:     []string{"CAP_CHOWN"},
			},
			want: Capabilities{Permitted: chown, Effective: chown},
			refused: []string{
				"process.capabilities.effective: CAP_KILL left out: not permitted",
				"process.capabilities.inheritable: CAP_CHOWN left out: not in the bounding set",
				"process.capabilities.ambient: CAP_CHOWN left out: not both permitted and inheritable",
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, refused := NewCapabilities(test.spec, available)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("sets (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.refused, refused); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCapabilities(t *testing.T) {
	need.Root(t)
	last := uint(len(spec.Capabilities()) - 1)
	tests := []struct {
		name string
		uid  uint32
		set  Capabilities
		// what execve makes of the sets
		permitted, effective uint64
	}{
		{"root", 0, Capabilities{Bounding: chown | kill, Permitted: chown, Effective: chown}, chown | kill, chown | kill},
		{"root without any", 0, Capabilities{}, 0, 0},
		{"user", 1000, Capabilities{Bounding: chown | kill, Permitted: chown, Effective: chown}, 0, 0},
		{"user with inheritable ones", 1000, Capabilities{
			Bounding: netBind | chown, Permitted: netBind | chown, Effective: netBind, Inheritable: netBind | chown,
		}, 0, 0},
		{"user with ambient ones", 1000, Capabilities{
			Bounding: netBind | chown | netRaw, Permitted: netBind | chown | netRaw, Effective: netBind,
			Inheritable: netBind | chown, Ambient: netBind | chown,
		}, netBind | chown, netBind | chown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := status(t, func(b *program.Builder) {
				test.set.DropBounding(b, last)
				User(b, &specs.User{UID: test.uid}, Groups{})
				test.set.Set(b)
			})
			expectFields(t, got, map[string]string{
				"CapBnd": fmt.Sprintf("%016x", test.set.Bounding),
				"CapInh": fmt.Sprintf("%016x", test.set.Inheritable),
				"CapAmb": fmt.Sprintf("%016x", test.set.Ambient),
				"CapPrm": fmt.Sprintf("%016x", test.permitted),
				"CapEff": fmt.Sprintf("%016x", test.effective),
			})
		})
	}
}

// TestCapabilitiesBeforeExec looks at the sets that the init itself has, which
// execve does not show: what is asked for but not effective must not be.
func TestCapabilitiesBeforeExec(t *testing.T) {
	need.Root(t)
	set := Capabilities{Bounding: chown | kill, Permitted: chown | kill, Effective: kill}
	for _, uid := range []uint32{0, 1000} {
		got := statusBeforeExec(t, func(b *program.Builder) {
			User(b, &specs.User{UID: uid}, Groups{})
			set.Set(b)
		})
		expectFields(t, got, map[string]string{
			"CapPrm": fmt.Sprintf("%016x", set.Permitted),
			"CapEff": fmt.Sprintf("%016x", set.Effective),
		})
	}
}

func TestDropBoundingKeepsWhatIsAskedFor(t *testing.T) {
	b := program.NewBuilder("sync")
	set := Capabilities{Bounding: ^uint64(chown | kill)}
	set.DropBounding(b, 20)
	var dropped []uint64
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps[program.Entry:] {
		dropped = append(dropped, s.Args[1].Value)
	}
	if want := []uint64{unix.CAP_CHOWN, unix.CAP_KILL}; !slices.Equal(dropped, want) {
		t.Errorf("dropped %v, want %v", dropped, want)
	}
}
