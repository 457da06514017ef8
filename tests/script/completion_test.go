package script

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/pty"
)

// onlyID is the container that a shell can complete.
const onlyID = "only-one.7f"

// completions are what is typed before a tab, behind "rt --root DIR ", and the
// word that it must become.
var completions = []struct{ typed, want string }{
	{"checkp", "checkpoint"},
	{"--systemd-c", "--systemd-cgroup"},
	{"run --no-piv", "--no-pivot"},
	{"delete on", onlyID},
	{"delete --force on", onlyID},
	{"delete on --for", "--force"},
	{"exec --cwd / on", onlyID},
	{"exec --detach --pid-file thef", "thefile"},
	{"exec -- on", "onfile"},
}

// completionHome returns a directory with an rt, a state directory and files
// that may be completed as well.
func completionHome(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"bin", "store", "store/" + onlyID} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"thefile", "onfile"} {
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rt, err := filepath.Abs(binary)
	if err == nil {
		err = os.Symlink(rt, filepath.Join(dir, "bin/rt"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func completionScript(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../docs/completion", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// shell is an interactive shell on a terminal.
type shell struct {
	t      *testing.T
	master *os.File
	output chan []byte
}

func startShell(t *testing.T, dir, name string, args ...string) *shell {
	t.Helper()
	master, peer, err := pty.Open(24, 200)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(need.Program(t, name), args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + dir + "/bin:" + os.Getenv("PATH"), "HOME=" + dir, "TERM=dumb", "PS1=> ", "LC_ALL=C"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = peer, peer, peer
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peer.Close()
	s := &shell{t: t, master: master, output: make(chan []byte, 1024)}
	go s.read()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		master.Close()
	})
	return s
}

func (s *shell) read() {
	defer close(s.output)
	for {
		buf := make([]byte, 4096)
		n, err := s.master.Read(buf)
		if err != nil {
			return
		}
		s.output <- buf[:n]
	}
}

// expect types and waits until what the shell shows contains the text.
func (s *shell) expect(typed, text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(typed); err != nil {
		s.t.Fatal(err)
	}
	var seen bytes.Buffer
	for timeout := time.After(20 * time.Second); !strings.Contains(seen.String(), text); {
		select {
		case data, ok := <-s.output:
			if !ok {
				s.t.Fatalf("the shell has ended; typed %q, seen %q, want %q", typed, seen.String(), text)
			}
			seen.Write(data)
		case <-timeout:
			s.t.Fatalf("typed %q, seen %q, want %q", typed, seen.String(), text)
		}
	}
}

// complete types every case into the shell and clears the line behind it.
func (s *shell) complete() {
	for _, c := range completions {
		s.expect("rt --root store "+c.typed+"\t", c.want)
		s.expect("\x15: cleared\r", "cleared") // ^U
	}
}

func TestCompletionInBash(t *testing.T) {
	s := startShell(t, completionHome(t), "bash", "--norc", "--noprofile", "-i")
	s.expect(". "+completionScript(t, "rt.bash")+"; echo rea''dy\r", "ready")
	s.complete()
	s.expect("rt --root=store delete on\t", onlyID)
}

func TestCompletionInZsh(t *testing.T) {
	s := startShell(t, completionHome(t), "zsh", "-f", "-i")
	s.expect("autoload -Uz compinit; compinit -u -D; . "+completionScript(t, "rt.zsh")+"; echo rea''dy\r", "ready")
	s.complete()
}

// Fish says itself what it would complete. It offers files beside ids.
func TestCompletionInFish(t *testing.T) {
	dir := completionHome(t)
	for _, c := range completions {
		line := "rt --root store " + c.typed
		cmd := exec.Command(need.Program(t, "fish"), "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, completionScript(t, "rt.fish"), line)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + dir + "/bin:" + os.Getenv("PATH"), "HOME=" + dir}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var words []string
		for found := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSpace(found), "\t")
			words = append(words, word)
		}
		if !slices.Contains(words, c.want) {
			t.Errorf("%s: fish offers %q, want %q", line, words, c.want)
		}
	}
}
