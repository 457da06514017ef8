package libcontainer

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/state"
)

// What is not the end of a terminal is not taken for one.
func TestForgedTerminal(t *testing.T) {
	f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var p processStart
	if err := p.takeTerminal(f); err == nil || p.handover.tty != nil {
		t.Errorf("%s was taken for a terminal: %v", os.DevNull, err)
	}
}

// fakeMemory is a v2 cgroup whose memory controller has this to tell.
func fakeMemory(t *testing.T, events string) *cgroup.Config {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"memory.events": events, "memory.max": "262144\n", "memory.peak": "200704\n"} {
		if err := os.WriteFile(dir+"/"+name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &cgroup.Config{Version: 2, Hierarchies: []cgroup.Hierarchy{{Mount: dir}}}
}

// A lack of memory is the reason of an init's end, but in a container that ran
// before it may have been somebody else's.
func TestExplainKill(t *testing.T) {
	const lack = "was killed for lack of memory: linux.resources.memory.limit is 256 KiB, it used up to 196 KiB"
	for _, test := range []struct {
		phase  state.Phase
		events string
		want   string
	}{
		{state.Creating, "oom_kill 0\n", "was killed by SIGKILL"},
		{state.Creating, "oom_kill 1\n", lack},
		{state.Running, "oom_kill 1\n", "was killed by SIGKILL (a process of the container " + lack + ")"},
		{state.Running, "oom_kill 0\n", "was killed by SIGKILL"},
	} {
		c := &Container{state: &state.State{Phase: test.phase, Cgroup: fakeMemory(t, test.events)}}
		if got := c.explainKill("was killed by SIGKILL"); got != test.want {
			t.Errorf("%s, %q: %q, want %q", test.phase, test.events, got, test.want)
		}
	}
}

func TestExplainSilence(t *testing.T) {
	for events, want := range map[string]string{
		"oom_kill 0\n": "",
		"oom_kill 1\n": ": it was killed for lack of memory: linux.resources.memory.limit is 256 KiB, it used up to 196 KiB",
	} {
		c := &Container{state: &state.State{Cgroup: fakeMemory(t, events)}}
		if got := c.explainSilence(); got != want {
			t.Errorf("%q: %q, want %q", events, got, want)
		}
	}
}
