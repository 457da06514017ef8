package attacks

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/reliability"
)

// root is the tree.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// lab builds, and runs tests against what it has built.
type lab struct {
	t       *testing.T
	root    string
	rt      string            // the sound one
	scripts string            // the tests of tests/script, which only the rt that they run weakens
	said    map[string]string // by the sound build's tests
}

// TestAttacksBite runs each test of the table against the sound build, where it must
// pass, and against the weakened one, where the attack must succeed.
func TestAttacksBite(t *testing.T) {
	need.Root(t)
	dir := t.TempDir()
	l := &lab{t: t, root: root(t), rt: filepath.Join(dir, "rt"), scripts: filepath.Join(dir, "script.test"), said: map[string]string{}}
	for i, w := range weakenings() {
		if !need.Sampled(i, sampleEvery) {
			continue
		}
		t.Run(w.name(i), func(t *testing.T) {
			bitten := l.try(t, &w)
			if need.Whole() {
				reliability.Record(t, bitten)
			}
		})
	}
}

// sampleEvery is how many weakenings there are for one that "make test" tries.
const sampleEvery = 20

// name is the weakening's name as a subtest.
func (w *weakening) name(i int) string {
	first, _, _ := strings.Cut(w.attack, ":")
	return fmt.Sprintf("%02d %.40s", i, first)
}

// try returns how many tests have bitten.
func (l *lab) try(t *testing.T, w *weakening) (bitten int) {
	t.Log("without: " + w.without)
	changed, err := w.apply(l.root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	laid, err := overlay(dir, l.root, changed)
	if err != nil {
		t.Fatal(err)
	}
	weak := filepath.Join(dir, "rt")
	if w.needsRT() {
		if _, err := os.Stat(l.rt); err != nil {
			l.goCommand(t, "build", "-o", l.rt, ".")
			l.goCommand(t, "test", "-c", "-vet=off", "-o", l.scripts, "./tests/script")
		}
		l.goCommand(t, "build", "-o", weak, "-overlay", laid, ".")
	}
	for _, b := range w.bites {
		switch sound := l.sound(b); {
		case strings.Contains(sound, "--- SKIP"):
			t.Logf("%s cannot run here", b.name())
		case !passed(sound):
			t.Errorf("%s does not pass with the defence:\n%s", b.name(), sound)
		default:
			l.mustFail(t, b, l.test(b, weak, "-overlay", laid))
			bitten++
		}
	}
	return bitten
}

// needsRT reports whether a test is of the built program. The others are of packages.
func (w *weakening) needsRT() bool {
	return slices.ContainsFunc(w.bites, bite.ofProgram)
}

// mustFail checks that a test has failed on the weakened build, and why.
func (l *lab) mustFail(t *testing.T, b bite, said string) {
	t.Helper()
	switch match, err := regexp.MatchString("(?m)"+b.saying, said); {
	case err != nil:
		t.Fatal(err)
	case passed(said):
		t.Errorf("%s is toothless: it passes without the defence:\n%s", b.name(), said)
	case !match:
		t.Errorf("%s fails for another reason than %q:\n%s", b.name(), b.saying, said)
	}
}

// sound runs a test with all defences, once.
func (l *lab) sound(b bite) string {
	run, _, _ := b.goTest()
	key := b.pkg + " " + run
	if _, ok := l.said[key]; !ok {
		l.said[key] = l.test(b, l.rt)
	}
	return l.said[key]
}

// passed reports whether something was tested, and has passed.
func passed(said string) bool {
	return strings.Contains(said, "\nPASS") && strings.Contains(said, "--- PASS") && !strings.Contains(said, "--- FAIL")
}

// test runs a test against an rt, and returns what it says. A package is tested as
// flags, of go test, change it.
func (l *lab) test(b bite, rt string, flags ...string) string {
	run, module, pkg := b.goTest()
	cmd := exec.Command("go", append(append([]string{"test", "-count=1", "-vet=off", "-v", "-timeout=5m", "-run", run}, flags...), pkg)...)
	cmd.Dir = filepath.Join(l.root, module)
	if b.ofProgram() {
		cmd = exec.Command(l.scripts, "-test.v", "-test.timeout=5m", "-test.run", run)
		cmd.Dir = filepath.Join(l.root, pkg)
	}
	cmd.Env = append(environment(module), "RT="+rt, "RELIABILITY=", "TEST_WHOLE=")
	out, _ := cmd.CombinedOutput() // passed says how it ended
	return "\n" + indented.ReplaceAllString(string(out), "")
}

// indented is what go test and testscript put in front of a line.
var indented = regexp.MustCompile(`(?m)^[ \t>]+`)

// goCommand builds something.
func (l *lab) goCommand(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = l.root
	cmd.Env = environment("")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
}
