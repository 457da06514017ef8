package example

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/golden"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
)

// sessionTimeout bounds a session. On an emulated machine it takes long.
const sessionTimeout = 8 * time.Minute

// shell is where a session runs. In its directory are
//
//	root/   where the session begins; documents call it /root
//	state/  rt's; documents call it /run/rt
//	bin/    rt, and the tools for what a reader does not see
//	steps/  the commands, and what they print
type shell struct {
	mark       leak.Mark
	enter      []string             // what runs the shell in a world of its own, or nil
	home       string               // what documents call root/
	rt, tool   string               // the rt under test, and this program
	credential *syscall.SysProcAttr // of an ordinary user, or nil
}

func (s *session) run(t *testing.T, p *Place) {
	for _, what := range s.needs {
		if err := need.Named(t, what); err != nil {
			t.Fatal(err)
		}
	}
	if s.asRoot() {
		need.Root(t)
	}
	bash := need.Program(t, "bash")
	need.Busybox(t)
	sh := newShell(t, p)
	if s.user {
		sh.giveToUser(t)
	}
	if err := sh.makeTools(); err != nil {
		t.Fatal(err)
	}
	script := sh.script(t, s.steps)

	ctx, cancel := context.WithTimeout(t.Context(), sessionTimeout)
	defer cancel()
	line := append(slices.Clone(sh.enter), bash, script)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = sh.path("root"), sh.env(), sh.credential
	if out, err := cmd.CombinedOutput(); ctx.Err() != nil || len(out) > 0 {
		t.Errorf("the shell: %v %v: %s", err, ctx.Err(), out)
	}
	for i, st := range s.steps {
		if t.Failed() && !golden.Updating() {
			return // what follows would only fail for this
		}
		s.check(t, sh, i, st)
	}
	if !t.Failed() {
		for _, left := range sh.mark.Find() {
			t.Errorf("left behind: %s", left.What)
		}
	}
}

// newShell makes the directories of a session. All users may enter them, such as
// the mapped users of a user namespace.
func newShell(t *testing.T, p *Place) *shell {
	t.Helper()
	dir, err := os.MkdirTemp("", "rt-docs-")
	if err != nil {
		t.Fatal(err)
	}
	mark := leak.Mark{Dir: dir, Tag: "t" + strconv.FormatUint(rand.Uint64(), 36), State: filepath.Join(dir, "state")}
	sh := &shell{mark: mark, home: "/root", rt: p.RT, enter: p.Enter}
	t.Cleanup(func() {
		sh.mark.Remove()
		_ = os.RemoveAll(dir)
	})
	sh.tool, err = os.Executable()
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	for _, sub := range []string{"root", "bin", "steps"} {
		if err == nil {
			err = os.Mkdir(sh.path(sub), 0o755)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return sh
}

// userID is that of the ordinary user, if root runs the tests.
const userID = 1000

// giveToUser makes an ordinary user run the session.
func (sh *shell) giveToUser(t *testing.T) {
	t.Helper()
	sh.home = "/home/user"
	if os.Geteuid() != 0 {
		return
	}
	sh.credential = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: userID, Gid: userID}}
	err := errors.Join(os.Mkdir(sh.mark.State, 0o700), copyProgram(&sh.rt, sh.path("rt")), copyProgram(&sh.tool, sh.path("tool")))
	for _, dir := range []string{sh.mark.State, sh.path("root"), sh.path("steps")} {
		err = errors.Join(err, os.Chown(dir, userID, userID))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// copyProgram copies a program to where an ordinary user may execute it.
func copyProgram(path *string, to string) error {
	data, err := os.ReadFile(*path)
	*path = to
	return errors.Join(err, os.WriteFile(to, data, 0o755))
}

func (sh *shell) path(elems ...string) string {
	return filepath.Join(append([]string{sh.mark.Dir}, elems...)...)
}

func (sh *shell) env() []string {
	return []string{
		"PATH=" + sh.path("bin") + ":" + os.Getenv("PATH"), "HOME=" + sh.path("root"), "LC_ALL=C", "TZ=UTC", "TERM=dumb",
		"RT_DOCS_TAG=" + sh.mark.Tag, "RT_DOCS_RT=" + sh.rt,
	}
}

// script writes a script that runs the commands one after another in one shell.
// Each is a file of its own, so that an error of syntax ends only this one.
func (sh *shell) script(t *testing.T, steps []*step) string {
	t.Helper()
	var script strings.Builder
	for i, st := range steps {
		file := sh.path("steps", strconv.Itoa(i))
		if err := os.WriteFile(file, []byte(st.command+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		// The last line keeps the status for a command that asks for it.
		fmt.Fprintf(&script, ". %[1]s >%[1]s.out 2>&1 </dev/null\nrt_docs_status=$?\necho $rt_docs_status >%[1]s.status\n(exit $rt_docs_status)\n", file)
	}
	script.WriteString("exit 0\n")
	file := sh.path("steps", "script")
	if err := os.WriteFile(file, []byte(script.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// check compares what a command printed with the document. What a reader does not
// see has to succeed.
func (s *session) check(t *testing.T, sh *shell, i int, st *step) {
	t.Helper()
	file := sh.path("steps", strconv.Itoa(i))
	output, err := os.ReadFile(file + ".out")
	status, statusErr := os.ReadFile(file + ".status")
	code := strings.TrimSpace(string(status))
	switch {
	case err != nil || statusErr != nil:
		t.Errorf("line %d: %s: did not run to its end: %s", st.line, st.command, output)
		return
	case st.prompt == unseen && code != "0":
		t.Errorf("line %d: %s: exit status %s: %s", st.line, st.command, code, output)
		return
	case code == "127":
		t.Errorf("line %d: %s: %s", st.line, st.command, output)
		return
	case st.prompt == unseen:
		return
	}
	st.ran, st.got = true, linesOf(sh.display(string(output)))
	for _, line := range st.got {
		if isCommand(line) || line == "```" {
			t.Errorf("line %d: %s prints %q, which a document cannot show", st.line, st.command, line)
		}
	}
	merged, faults := s.align(st.want, st.got)
	if faults > 0 && !golden.Updating() {
		t.Errorf("line %d: %s (-want +got), rewritten by go test ./tests/docs -update:\n%s", st.line, st.command, cmp.Diff(st.want, merged))
	}
}

// display replaces the names that only the test has.
func (sh *shell) display(output string) string {
	return strings.NewReplacer(
		sh.path("root"), sh.home, sh.mark.State, "/run/rt", "rt-test-"+sh.mark.Tag+"-", "",
	).Replace(output)
}
