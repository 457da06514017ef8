package libcontainer

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// A store that makes no cgroups leaves the container in those of the runtime,
// and says which settings that makes void.
func TestInheritCgroup(t *testing.T) {
	s, cfg := faultBundle(t)
	s.InheritCgroup = true
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	cfg.Spec.Linux.Resources = &specs.LinuxResources{
		Memory:  &specs.LinuxMemory{Limit: new(int64(64 << 20))},
		Devices: []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}},
	}
	var warnings []string
	cfg.Warn = func(err error) { warnings = append(warnings, err.Error()) }
	cfg.PidFile = filepath.Join(t.TempDir(), "pid")
	before := leftovers(t, s, cfg)
	create(t, s, cfg)
	defer s.Delete(context.Background(), cfg.ID, true)
	const want = "linux.resources.memory, linux.resources.devices, linux.cgroupsPath: not applied"
	if got := strings.Join(warnings, "\n"); !strings.HasPrefix(got, want) {
		t.Errorf("warnings: %q, want %s", got, want)
	}
	pid, err := os.ReadFile(cfg.PidFile)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cgroupsIn(t, string(pid)), cgroupsIn(t, strconv.Itoa(os.Getpid())); got != want {
		t.Errorf("the container is in %s, its runtime in %s", got, want)
	}
	if groups, _ := filepath.Glob("/sys/fs/cgroup/*" + cfg.Spec.Linux.CgroupsPath); groups != nil {
		t.Errorf("cgroups: %v", groups)
	}
	if err := s.Delete(context.Background(), cfg.ID, true); err != nil {
		t.Error(err)
	}
	n, _ := strconv.Atoi(string(pid))
	_, _ = unix.Wait4(n, nil, 0, nil)
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func cgroupsIn(t *testing.T, pid string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
