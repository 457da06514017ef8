package script

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Package firststack is initialised before those that need a larger stack. The first of
// them is internal/godebug, which reads the settings of go:debug lines.
func TestFirstStack(t *testing.T) {
	cmd := exec.Command(binary, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	trace, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, trace)
	}
	ours := strings.Index(string(trace), "/internal/firststack ")
	first := strings.Index(string(trace), "init internal/godebug ")
	if ours < 0 || first < 0 || ours > first {
		t.Errorf("firststack is initialised at byte %d, internal/godebug at %d of\n%s", ours, first, trace)
	}
}
