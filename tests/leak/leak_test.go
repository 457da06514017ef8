package leak

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// TestFind leaves one of everything behind and expects it to be found, and to
// be gone after Remove.
func TestFind(t *testing.T) {
	need.Root(t)
	m := mark(t)
	if left := m.Find(); len(left) != 0 {
		t.Fatalf("found %v before anything was left", left)
	}
	target := filepath.Join(m.Dir, "mnt")
	check(t, os.Mkdir(target, 0o755))
	check(t, unix.Mount("leak-test", target, "tmpfs", 0, ""))
	check(t, os.Mkdir(m.State, 0o755))
	check(t, os.WriteFile(filepath.Join(m.State, "file"), nil, 0o644))
	inArgs := exec.Command("sleep", "60")
	inArgs.Args[0] = filepath.Join(m.Dir, "sleep")
	check(t, inArgs.Start())
	inEnv := exec.Command("sleep", "60")
	inEnv.Env = []string{"TEST_TAG=" + m.Tag}
	check(t, inEnv.Start())

	neighbour := m
	neighbour.Dir, neighbour.Tag, neighbour.State = m.Dir[:len(m.Dir)-1], "nobody", ""
	if left := neighbour.look(); len(left) != 0 {
		t.Errorf("a test with nearly the same directory finds %v", left)
	}
	counts := map[string]int{}
	for _, l := range m.Find() {
		kind, _, _ := strings.Cut(l.What, " ")
		counts[kind]++
	}
	if counts["process"] != 2 || counts["mount"] != 1 || counts["file"] != 1 {
		t.Errorf("found %v; want 2 processes, a mount, a file", counts)
	}
	m.Remove()
	_, _ = inArgs.Process.Wait()
	_, _ = inEnv.Process.Wait()
	if left := m.Find(); len(left) != 0 {
		t.Errorf("Remove left %v", left)
	}
}

func mark(t *testing.T) Mark {
	dir := t.TempDir()
	return Mark{Dir: dir, Tag: "leaktest" + filepath.Base(filepath.Dir(dir)), State: filepath.Join(dir, "state")}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A descriptor that is opened is found, and one that goes is not.
func TestDescriptors(t *testing.T) {
	old, err := os.Open("/dev/null")
	check(t, err)
	before := OpenDescriptors()
	check(t, old.Close())
	left, err := os.Open("/dev/zero")
	check(t, err)
	defer left.Close()
	want := []string{strconv.Itoa(int(left.Fd())) + " /dev/zero"}
	if got := OpenDescriptors().Since(before); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	check(t, left.Close())
	if got := OpenDescriptors().Since(before); got != nil {
		t.Errorf("%q, all are closed", got)
	}
}

// What is about to be closed is waited for, and what stays open is found.
func TestAwait(t *testing.T) {
	before := OpenDescriptors()
	f, err := os.Open("/dev/zero")
	check(t, err)
	time.AfterFunc(50*time.Millisecond, func() { f.Close() })
	if left := before.await(); left != nil {
		t.Errorf("%q, which is closed now", left)
	}
	f, err = os.Open("/dev/zero")
	check(t, err)
	defer f.Close()
	if left := before.await(); len(left) != 1 {
		t.Errorf("%q, want one", left)
	}
}
