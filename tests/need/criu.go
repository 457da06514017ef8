package need

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// CRIU needs a criu(8) that can save and restore processes here. It must be
// installed, but one that is older than the kernel need not work: that is a
// skip.
func CRIU(t testing.TB) {
	t.Helper()
	Root(t)
	if fault := checkCRIU(Program(t, "criu")); fault != "" {
		t.Skipf("needs a criu that works with this kernel: %s", fault)
	}
}

// BrokenCRIU needs one that does not. It is a skip where there is none.
func BrokenCRIU(t testing.TB) {
	t.Helper()
	Root(t)
	if checkCRIU(Program(t, "criu")) == "" {
		t.Skip("needs a criu that does not work with this kernel")
	}
}

// DirtyTracking needs a kernel that tells which pages were written since
// (CONFIG_MEM_SOFT_DIRTY), and a criu that works.
func DirtyTracking(t testing.TB) {
	t.Helper()
	CRIU(t)
	if out, err := criuCheck("criu", "--feature", "mem_dirty_track"); err != nil {
		t.Skipf("needs a kernel with CONFIG_MEM_SOFT_DIRTY: %s", lastLine(out))
	}
}

// checkCRIU returns why criu does not work, or "".
func checkCRIU(path string) string {
	out, err := criuCheck(path)
	if err == nil {
		return ""
	}
	if line := lastLine(out); line != "" {
		return line
	}
	return err.Error()
}

func criuCheck(path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, append([]string{"check"}, args...)...).CombinedOutput()
	return string(out), err
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
