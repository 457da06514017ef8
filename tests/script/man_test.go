package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// TestManExample does in a shell what the man page says.
func TestManExample(t *testing.T) {
	need.Root(t)
	page, err := os.ReadFile("../../docs/man/rt.8")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "\n.nf\n")
	example, _, ok := strings.Cut(example, "\n.fi\n")
	if !ok {
		t.Fatal("the page has no example")
	}
	example = strings.NewReplacer(`\-`, "-", "/bin/busybox", need.Busybox(t)).Replace(example)

	dir := t.TempDir()
	rt, err := filepath.Abs(binary)
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "bin"), 0o755)
	}
	if err == nil {
		// Without the state of other containers.
		err = os.WriteFile(filepath.Join(dir, "bin/rt"), []byte("#!/bin/sh\nexec "+rt+" --root "+dir+"/state \"$@\"\n"), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := startShell(t, dir, "sh")
	for line := range strings.Lines(example) {
		s.expect(strings.TrimSpace(line)+"\r", strings.TrimSpace(line))
	}
	s.expect("", "/ #") // busybox's
	s.expect("echo it is $(hostname)\r", "it is rt")
	s.expect("exit\r", "> ") // the shell's own
	s.expect("echo it was $?\r", "it was 0")
}
