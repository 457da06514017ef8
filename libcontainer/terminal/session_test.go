package terminal

import (
	"bytes"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/pty"
	"golang.org/x/sys/unix"
)

// open makes a terminal and closes it with the test.
func open(t *testing.T) (master, peer *os.File) {
	t.Helper()
	master, peer, err := pty.Open(24, 80)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close(); peer.Close() })
	return master, peer
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// attachPipes attaches a new terminal to pipes, and returns its peer and their
// other ends.
func attachPipes(t *testing.T) (s *Session, peer, in, out *os.File) {
	t.Helper()
	master, peer := open(t)
	inR, in := pipe(t)
	out, outW := pipe(t)
	s, err := Attach(master, inR, outW)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, peer, in, out
}

func within(t *testing.T, what string, d time.Duration, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { f(); close(done) }()
	select {
	case <-done:
	case <-time.After(d):
		t.Fatalf("%s: not within %v", what, d)
	}
}

// The user's terminal is raw during a session, has its settings back behind it,
// and its size goes on.
func TestRawAndRestored(t *testing.T) {
	_, user := open(t)
	settings := func() *unix.Termios {
		s, err := unix.IoctlGetTermios(int(user.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := settings()
	master, peer := open(t)
	window := &unix.Winsize{Row: 11, Col: 22}
	if err := unix.IoctlSetWinsize(int(user.Fd()), unix.TIOCSWINSZ, window); err != nil {
		t.Fatal(err)
	}
	s, err := Attach(master, user, user)
	if err != nil {
		t.Fatal(err)
	}
	if raw := settings(); raw.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 || raw.Oflag != before.Oflag {
		t.Errorf("settings %+v, want raw ones, and those of output as they were", raw)
	}
	if size := Size(peer); size.Height != 11 || size.Width != 22 {
		t.Errorf("size %v, want that of the user's terminal", size)
	}
	peer.Close()
	s.Close()
	if diff := cmp.Diff(before, settings()); diff != "" {
		t.Errorf("settings (-before +after):\n%s", diff)
	}
	if err := s.Resize(); err == nil {
		t.Error("a closed terminal was resized")
	}
}

// Lines of a process whose terminal leaves their ends alone reach the user's
// terminal with those that a screen wants.
func TestLineEnds(t *testing.T) {
	screen, user := open(t)
	master, peer := open(t)
	settings, err := unix.IoctlGetTermios(int(peer.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	settings.Oflag &^= unix.ONLCR
	if err := unix.IoctlSetTermios(int(peer.Fd()), unix.TCSETS, settings); err != nil {
		t.Fatal(err)
	}
	s, err := Attach(master, user, user)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := peer.WriteString("a\nb\n"); err != nil {
		t.Fatal(err)
	}
	const want = "a\r\nb\r\n"
	got := make([]byte, len(want))
	within(t, "output", 10*time.Second, func() { _, err = io.ReadFull(screen, got) })
	if err != nil || string(got) != want {
		t.Errorf("%q, error %v, want %q", got, err, want)
	}
}

// What a process wrote last arrives, and its end ends the session at once.
func TestLastWords(t *testing.T) {
	s, peer, _, out := attachPipes(t)
	text := bytes.Repeat([]byte("x"), 3000)
	if _, err := peer.Write(text); err != nil {
		t.Fatal(err)
	}
	peer.Close()
	start := time.Now()
	within(t, "close", 10*time.Second, s.Close)
	if took := time.Since(start); took > lastWords*9/10 {
		t.Errorf("took %v, as if somebody else had the terminal open", took)
	}
	s.out.Close()
	if got, err := io.ReadAll(out); err != nil || !bytes.Equal(got, text) {
		t.Errorf("%d bytes arrived, error %v, want %d", len(got), err, len(text))
	}
}

// A process in the background that keeps the terminal does not keep rt.
func TestOthersKeepTheTerminal(t *testing.T) {
	s, peer, _, out := attachPipes(t)
	if _, err := peer.WriteString("y"); err != nil {
		t.Fatal(err)
	}
	within(t, "close", 10*time.Second, s.Close)
	s.out.Close()
	if got, err := io.ReadAll(out); err != nil || string(got) != "y" {
		t.Errorf("%q arrived, error %v", got, err)
	}
}

// The end of an input that is no terminal is the key that means it, behind a
// line and in the middle of one.
func TestEndOfInput(t *testing.T) {
	for _, input := range []string{"", "line\n", "line", "two\nlines"} {
		_, peer, in, _ := attachPipes(t)
		if _, err := in.WriteString(input); err != nil {
			t.Fatal(err)
		}
		in.Close()
		within(t, "end of "+input, 10*time.Second, func() {
			if got, err := io.ReadAll(peer); err != nil || string(got) != input {
				t.Errorf("the process read %q, error %v, want %q", got, err, input)
			}
		})
	}
}

// When nobody reads what a process writes any more, its terminal hangs up.
func TestHangUp(t *testing.T) {
	_, peer, _, out := attachPipes(t)
	out.Close()
	within(t, "hang-up", 10*time.Second, func() {
		for {
			if _, err := peer.WriteString("y"); err != nil {
				return
			}
		}
	})
}
