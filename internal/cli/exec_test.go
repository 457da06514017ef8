package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
)

func TestParseID(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "1000": 1000, "4294967294": 4294967294,
		"": -1, "-1": -1, "+1": -1, "1x": -1, "x": -1, "0x1": -1, "1_0": -1, " 1": -1, "1 ": -1, "1:": -1,
		"4294967295": -1, "4294967296": -1, "18446744073709551616": -1, "１": -1,
	} {
		got, err := parseID(text)
		if (err != nil) != (want < 0) || err == nil && int64(got) != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
}

// What the flags do not say stays as the container's process has it.
func TestExecChange(t *testing.T) {
	p := &specs.Process{
		Terminal: true, Cwd: "/", Env: []string{"A=1"}, NoNewPrivileges: true,
		User:         specs.User{UID: 1, GID: 2, AdditionalGids: []uint32{3}},
		Capabilities: &specs.LinuxCapabilities{Bounding: []string{"CAP_KILL"}, Inheritable: []string{"CAP_KILL"}},
	}
	o := execOptions{
		cwd: "/x", user: "7",
		env: *cli.NewStringSlice("A=2", "B="), gids: *cli.NewStringSlice("8"), caps: *cli.NewStringSlice("CAP_KILL", "CAP_CHOWN"),
	}
	if err := o.change(p); err != nil {
		t.Fatal(err)
	}
	want := &specs.Process{
		Cwd: "/x", Env: []string{"A=1", "A=2", "B="}, NoNewPrivileges: true,
		User: specs.User{UID: 7, GID: 2, AdditionalGids: []uint32{3, 8}},
		Capabilities: &specs.LinuxCapabilities{
			Bounding:    []string{"CAP_KILL", "CAP_CHOWN"},
			Permitted:   []string{"CAP_KILL", "CAP_CHOWN"},
			Effective:   []string{"CAP_KILL", "CAP_CHOWN"},
			Inheritable: []string{"CAP_KILL"},
			Ambient:     []string{"CAP_KILL"},
		},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSubCgroups(t *testing.T) {
	tests := []struct {
		list []string
		want map[string]string // nil for an error
	}{
		{nil, map[string]string{}},
		{[]string{"sub"}, map[string]string{"": "sub"}},
		{[]string{"cpu,memory:/a", "pids:b:c"}, map[string]string{"cpu": "/a", "memory": "/a", "pids": "b:c"}},
		{[]string{"a", "b"}, nil},
		{[]string{"pids:a", "b"}, nil},
		{[]string{"pids:a", "cpu,pids:b"}, nil},
		{[]string{":a"}, nil},
		{[]string{"cpu,:a"}, nil},
	}
	for _, test := range tests {
		got, err := subCgroups(test.list)
		if (err != nil) != (test.want == nil) || err == nil && !cmp.Equal(got, test.want) {
			t.Errorf("%q: %v, %v; want %v", test.list, got, err, test.want)
		}
	}
}

func TestCheckTerminal(t *testing.T) {
	tests := []struct {
		terminal, detach, socket, ok bool
	}{
		{false, false, false, true}, {false, true, false, true}, {true, false, false, true}, {true, true, true, true},
		{true, true, false, false}, {true, false, true, false}, {false, true, true, false}, {false, false, true, false},
	}
	for _, test := range tests {
		var o socketOptions
		if test.socket {
			o.console = "/sock"
		}
		if err := o.checkTerminal(&specs.Process{Terminal: test.terminal}, test.detach); (err == nil) != test.ok {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
