package compile

import (
	"errors"
	"io"
	"testing"

	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// FuzzExec changes the process of an exec and the configuration of its container, and
// compiles it. What is accepted makes a program that can be printed, and what is refused
// has a place.
func FuzzExec(f *testing.F) {
	for seed := range byte(64) {
		f.Add(seed, []byte{1, seed, seed * 7, seed * 31, 1, seed, 3, seed * 5, 2, seed, seed * 3})
	}
	f.Fuzz(func(t *testing.T, how byte, script []byte) {
		s := testSpec(t, "default")
		edit(s, script)
		if s.Process == nil || s.Root == nil || len(spec.ValidateProcess(s)) > 0 || !spec.HasProgram(s) {
			return // refused before
		}
		if fault := spec.Validate(s); len(fault) > 0 {
			return // there is no such container
		}
		target := Target{Namespaces: unix.CLONE_NEWNS | unix.CLONE_NEWPID, ChangesRoot: how&1 != 0, LeftUser: how&2 != 0}
		if target.LeftUser {
			target.Namespaces |= unix.CLONE_NEWUSER
		}
		p, err := Exec(s, fuzzHost(how&4 != 0), target, Options{Keyring: "_ses.x", ShowsTerminal: how&8 != 0})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if err := errors.Join(p.Program.WriteText(io.Discard), p.Program.WriteJSON(io.Discard)); err != nil {
			t.Error(err)
		}
	})
}
