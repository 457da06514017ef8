package script

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/oci-rt/rt/tests/fakesystemd"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestScripts(t *testing.T) {
	t.Setenv("TMPDIR", openDir(t))
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		Setup:               setUp,
		Cmds:                commands,
		Condition:           condition,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
	})
}

// openDir returns a temporary directory that everybody may enter, such as the
// mapped users of a user namespace.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rt-scripts-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// stage is what the commands of one script share.
type stage struct {
	tb         testing.TB
	mark       leak.Mark
	status     int // of the last rt
	background map[string]*process
	terminals  map[string]*terminal
	sockets    map[string]*socket
	systemd    *fakesystemd.Manager // or nil
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// setUp gives a script a state directory and a tag of its own, and checks in
// the end that nothing of the script is left.
func setUp(env *testscript.Env) error {
	tb, ok := env.T().(testing.TB)
	if !ok {
		return fmt.Errorf("%T is no testing.TB", env.T())
	}
	s := &stage{
		tb: tb, mark: newMark(env.WorkDir),
		background: map[string]*process{}, terminals: map[string]*terminal{}, sockets: map[string]*socket{},
	}
	env.Values[stageKey{}] = s
	for _, dir := range []string{env.WorkDir, filepath.Dir(env.WorkDir)} {
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	env.Setenv("RT", binary)
	env.Setenv("ROOT", s.mark.State)
	env.Setenv("TAG", s.mark.Tag)
	env.Defer(func() {
		s.killBackground()
		s.closeDescriptors()
		checkLeaks(tb, s.mark)
	})
	return nil
}

// newMark returns the mark of what a test makes in this directory.
func newMark(dir string) leak.Mark {
	return leak.Mark{
		Dir:   dir,
		Tag:   "t" + strconv.FormatUint(rand.Uint64(), 36),
		State: filepath.Join(dir, "state"),
	}
}

// checkLeaks fails the test if anything of it is left, and removes it. A test
// that has failed for another reason stopped half-way, so that something is
// left says nothing.
func checkLeaks(tb testing.TB, mark leak.Mark) {
	if !tb.Failed() {
		for _, left := range mark.Find() {
			tb.Errorf("left behind: %s", left.What)
		}
	}
	mark.Remove()
}

// condition tells the worlds that scripts are written for.
func condition(name string) (bool, error) {
	switch name {
	case "cgroup1":
		return need.HasCgroup1(), nil
	case "cgroup2":
		return need.HasCgroup2(), nil
	case "userns":
		return need.HasUserNamespaces(), nil
	case "unified":
		return need.HasUnified(), nil
	case "v2controllers":
		return need.HasUnifiedControllers(), nil
	case "systemd":
		return need.HasSystemd(), nil
	case "apparmor":
		return need.HasAppArmor(), nil
	case "selinux":
		return need.HasSELinux(), nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}
