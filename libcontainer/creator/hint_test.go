package creator

import (
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// TestHintOfFull: ENOSPC has two meanings where things are mounted.
func TestHintOfFull(t *testing.T) {
	b := program.NewBuilder("sync")
	b.At("mounts[1]", "/x")
	b.Doing("mount")
	b.MoveMount(b.Input("a"), b.Input("b"))
	b.Mkdirat(program.Cwd, "x", 0o755)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range map[uint32]string{
		program.Entry:     "mounts[1] (/x): mount: no space left on device (" + namespaceFull + ")",
		program.Entry + 1: "mounts[1] (/x): mount: no space left on device (a file system is full, or has no inodes left)",
	} {
		if got := stepError(p, program.Report{Step: step, Errno: unix.ENOSPC}).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	// Forged.
	_ = stepError(p, program.Report{Step: 1 << 31, Errno: unix.ENOSPC}).Error()
}
