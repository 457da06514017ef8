package libcontainer

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/state"
	"golang.org/x/sys/unix"
)

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
func TestDeathError(t *testing.T) {
	killed, ended := unix.WaitStatus(unix.SIGKILL), unix.WaitStatus(3<<8)
	const lack = "was killed for lack of memory: linux.resources.memory.limit is 256 KiB, it used up to 196 KiB"
	tests := []struct {
		phase  state.Phase
		events string
		status unix.WaitStatus
		want   string
	}{
		{state.Creating, "oom_kill 0\n", killed, "the init process was killed by SIGKILL at its end"},
		{state.Creating, "oom_kill 1\n", killed, "the init process " + lack + " at its end"},
		{state.Running, "oom_kill 1\n", killed, "the init process was killed by SIGKILL (a process of the container " + lack + ") at its end"},
		{state.Running, "oom_kill 0\n", killed, "the init process was killed by SIGKILL at its end"},
		{state.Creating, "oom_kill 1\n", ended, "the init process ended with status 3 at its end"},
	}
	for _, tt := range tests {
		c := &Container{state: &state.State{Phase: tt.phase, Cgroup: fakeMemory(t, tt.events)}}
		s := &starter{Container: c, prog: &program.Program{}}
		if got := s.deathError(tt.status, 5).Error(); got != tt.want {
			t.Errorf("%s, %q:\n%s\nwant\n%s", tt.phase, tt.events, got, tt.want)
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
