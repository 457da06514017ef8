package script

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
)

// failure is a failure that people look for, and how a test makes it happen.
type failure struct {
	doc   string // how docs/errors.md has the text, with placeholders
	errno string // in the JSON log, or ""
	edits edits  // of config.json
	// rt are commands, separated by semicolons. The last one fails. By default that is a
	// run. "stopped" waits until the container has stopped.
	rt string
	// shell runs rt, in the bundle: "$@". Unless it is an ordinary user's, it has a mount
	// namespace of its own.
	shell  string
	user   bool                           // rt runs as an ordinary user
	need   func(testing.TB)               // what the machine must have
	before func(t *testing.T, f *failing) // prepares more
}

// failing is a failure while it is made.
type failing struct {
	*failure
	dir, bundle, rt string
	mark            leak.Mark
}

// logged is the entry of a failed command in the JSON log.
type logged struct {
	Level, Msg, Path, Errno, Hint string
	Step                          int
}

// TestErrors makes each failure of docs/errors.md happen. What rt says is the text there,
// on one line, with the setting at fault, and with what to do. The JSON log has the parts
// as fields.
func TestErrors(t *testing.T) {
	need.Root(t)
	for _, c := range failures() {
		t.Run(strings.ReplaceAll(c.doc, "/", "_"), func(t *testing.T) {
			t.Parallel()
			if c.need != nil {
				c.need(t)
			}
			l := c.fail(t)
			if !documented(c.doc).MatchString(l.Msg) {
				t.Errorf("got %q", l.Msg)
			}
			if strings.Contains(l.Msg, "\n") || l.Level != "error" {
				t.Errorf("%+v", l)
			}
			if l.Errno != c.errno {
				t.Errorf("errno is %q, want %q: %s", l.Errno, c.errno, l.Msg)
			}
			if l.Hint == "" || !strings.Contains(l.Msg, "("+l.Hint+")") {
				t.Errorf("hint is %q: %s", l.Hint, l.Msg)
			}
			if want := setting.FindString(l.Msg); want != "" && l.Path != want || !strings.Contains(l.Msg, l.Path) {
				t.Errorf("path is %q, want %q: %s", l.Path, want, l.Msg)
			}
		})
	}
}

// setting is the JSON path of config.json that a message begins with.
var setting = regexp.MustCompile(`^(process|linux|root|hooks|mounts)[.\[]([^\s:("]|"[^"]*")*`)

// placeholder is a word in docs/errors.md that stands for any text, as … does.
var placeholder = regexp.MustCompile(`\b(?:DEVICE|DIR|FILE|ID|MACHINE|N|NAME|OPTION|OUTPUT|PID|STAGE|STATUS|TIME|TYPE|VALUE)\b`)

// documented returns the expression for messages with a text of
// docs/errors.md.
func documented(text string) *regexp.Regexp {
	text = strings.ReplaceAll(regexp.QuoteMeta(text), "…", ".+")
	return regexp.MustCompile(placeholder.ReplaceAllString(text, ".+"))
}

// elsewhere are texts of docs/errors.md that other tests produce, because this machine
// would have to be changed as a whole: where to find them.
var elsewhere = map[string]struct{ file, part string }{
	"mounts[N] (FILE): OPTION: no space left on device (the mount namespace is full: see /proc/sys/fs/mount-max)": {"libcontainer/creator/hint_test.go", "namespaceFull"},
	"pivot_root(2) cannot change the host's root, which is its initramfs or that of a chroot":                     {"tests/script/testdata/nopivot_chroot.txtar", "cannot change the host.s root, which is its initramfs or that of a chroot"},
	"linux.uidMappings: newuidmap: exit status N: OUTPUT (AppArmor restricts user namespaces of ordinary users":   {"libcontainer/creator/hint_test.go", "AppArmor restricts user namespaces"},
	"state directory: mkdir DIR: permission denied (XDG_RUNTIME_DIR is not set":                                   {"tests/script/user_test.go", "XDG_RUNTIME_DIR is not set"},
	"rt needs Linux 5.14 or later: this kernel is VALUE":                                                          {"libcontainer/kernel_test.go", "rt needs Linux 5.14 or later"},
}

// TestErrorsDocumented: docs/errors.md has the failures that TestErrors makes, and no
// others.
func TestErrorsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, made []string
	for line := range strings.Lines(string(text)) {
		if heading, ok := strings.CutPrefix(line, "### `"); ok {
			documented = append(documented, strings.TrimSuffix(strings.TrimSpace(heading), "`"))
		}
	}
	for _, c := range failures() {
		made = append(made, c.doc)
	}
	for doc, where := range elsewhere {
		made = append(made, doc)
		test, err := os.ReadFile("../../" + where.file)
		if err != nil || !strings.Contains(string(test), where.part) {
			t.Errorf("%s does not have %q: %v", where.file, where.part, err)
		}
	}
	for _, doc := range made {
		if !slices.Contains(documented, doc) {
			t.Errorf("docs/errors.md does not have\n### `%s`", doc)
		}
	}
	for _, doc := range documented {
		if !slices.Contains(made, doc) {
			t.Errorf("no test makes\n%s", doc)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(made)))) < 40 {
		t.Errorf("only %d failures", len(made))
	}
}

// fail makes the failure and returns what rt says of it.
func (c *failure) fail(t *testing.T) logged {
	t.Helper()
	f := c.prepare(t)
	commands := strings.Split(c.rt, ";")
	if c.rt == "" {
		commands = []string{"run --bundle . c1"}
	}
	for i, line := range commands {
		if line == "stopped" {
			f.awaitStopped(t)
			continue
		}
		last, ok := f.run(t, strings.Fields(line))
		if i == len(commands)-1 && !ok {
			return last
		}
		if !ok {
			t.Fatalf("%s: %+v", line, last)
		}
	}
	t.Fatal("rt succeeds")
	return logged{}
}

// prepare makes the bundle.
func (c *failure) prepare(t *testing.T) *failing {
	t.Helper()
	f := &failing{failure: c, rt: binary}
	if c.user {
		f.dir = userDir(t)
		f.rt = filepath.Join(f.dir, "program")
	} else {
		f.dir = openDir(t)
	}
	f.bundle, f.mark = filepath.Join(f.dir, "b"), newMark(f.dir)
	t.Cleanup(func() {
		_ = exec.Command(binary, "--root", f.mark.State, "delete", "--force", "c1").Run()
		checkLeaks(t, f.mark)
	})
	var err error
	if !c.user {
		err = bundle.Make(bundle.Config{Dir: f.bundle, Runtime: binary, Busybox: need.Busybox(t), Tag: f.mark.Tag})
	}
	if err == nil {
		err = bundle.EditFile(filepath.Join(f.bundle, "config.json"), c.edits...)
	}
	if err != nil {
		t.Fatal(err)
	}
	if c.before != nil {
		c.before(t, f)
	}
	return f
}

// run runs a command, and returns the last entry of its log if it fails.
func (f *failing) run(t *testing.T, args []string) (l logged, ok bool) {
	t.Helper()
	log := filepath.Join(f.dir, "log.json")
	_ = os.Remove(log)
	args = append([]string{f.rt, "--root", f.mark.State, "--log", log, "--log-format", "json"}, args...)
	if f.shell != "" {
		args = append([]string{"sh", "-ec", f.shell, "sh"}, args...)
		if !f.user {
			args = append([]string{"unshare", "--mount"}, args...)
		}
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = f.bundle
	if f.user {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
	}
	output, err := os.Create(filepath.Join(f.dir, "output")) // not a pipe, which a container would keep open
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	if cmd.Run() == nil {
		return l, true
	}
	out, _ := os.ReadFile(output.Name())
	text, _ := os.ReadFile(log)
	if err := json.Unmarshal(text, &l); err != nil {
		t.Fatalf("%q: %v: %s%s", args, err, text, out)
	}
	return l, false
}

func (f *failing) awaitStopped(t *testing.T) {
	t.Helper()
	for range 1000 {
		out, err := exec.Command(binary, "--root", f.mark.State, "state", "c1").Output()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), `"stopped"`) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the container goes on")
}
