package terminal

import (
	"bytes"
	"errors"
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
	s, err := Attach(master, Streams{In: inR, Out: outW, Err: outW}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
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

// The user's terminal is raw during a session, and gets its settings back after
// it. Its size is passed on.
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
	s, err := Attach(master, Streams{In: user, Out: user, Err: user}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if raw := settings(); raw.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 || raw.Oflag != before.Oflag {
		t.Errorf("settings %+v, want raw ones, and those of output as they were", raw)
	}
	if size := (Streams{In: peer, Out: peer, Err: peer}).Size(); size.Height != 11 || size.Width != 22 {
		t.Errorf("size %v, want that of the user's terminal", size)
	}
	peer.Close()
	s.Close()
	if diff := cmp.Diff(before, settings()); diff != "" {
		t.Errorf("settings (-before +after):\n%s", diff)
	}
	if err := s.Resize(); err != nil {
		t.Errorf("resize behind the end: %v", err)
	}
}

// If the process's terminal leaves line ends alone, the user's terminal gets
// those that a screen needs.
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
	s, err := Attach(master, Streams{In: user, Out: user, Err: user}, func() {})
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

// end ends a session, of which no output may be lost, and closes its output.
func end(t *testing.T, s *Session) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	s.user.Out.Close()
}

// The last output of a process arrives, however late it is read, and however
// much the terminal and the pipe behind it hold, even if the terminal stays
// open.
func TestLastWords(t *testing.T) {
	for _, stays := range []bool{false, true} {
		s, peer, _, out := attachPipes(t)
		const size = 100_000 // more than the pipe takes: the writer waits for the reader
		if err := unix.SetNonblock(int(out.Fd()), false); err != nil {
			t.Fatal(err)
		}
		read := make(chan []byte)
		go func() {
			var got []byte
			buf := make([]byte, 5000)
			for {
				time.Sleep(50 * time.Millisecond)
				n, err := out.Read(buf)
				got = append(got, buf[:n]...)
				if err != nil {
					read <- got
					return
				}
			}
		}()
		within(t, "write", 10*time.Second, func() {
			if _, err := peer.Write(bytes.Repeat([]byte("x"), size)); err != nil {
				t.Error(err)
			}
		})
		if !stays {
			peer.Close()
		}
		within(t, "close", 10*time.Second, func() { end(t, s) })
		if got := <-read; len(got) != size {
			t.Errorf("%d bytes arrived, want %d", len(got), size)
		}
	}
}

// A process in the background that keeps the terminal does not keep rt, not even
// if it writes without end.
func TestOthersKeepTheTerminal(t *testing.T) {
	s, peer, _, out := attachPipes(t)
	if _, err := peer.WriteString("y"); err != nil {
		t.Fatal(err)
	}
	within(t, "close", 10*time.Second, func() { end(t, s) })
	if got, err := io.ReadAll(out); err != nil || string(got) != "y" {
		t.Errorf("%q arrived, error %v", got, err)
	}
	s, peer, _, out = attachPipes(t)
	go func() {
		for {
			if _, err := peer.WriteString("yes yes yes yes yes yes\n"); err != nil {
				return
			}
		}
	}()
	go func() { _, _ = io.Copy(io.Discard, out) }()
	within(t, "close", 10*time.Second, func() { end(t, s) })
}

// A full disk is reported.
func TestLostOutput(t *testing.T) {
	master, peer := open(t)
	in, _ := pipe(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	s, err := Attach(master, Streams{In: in, Out: full, Err: full}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := peer.WriteString("lost"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("error %v, want %v", err, unix.ENOSPC)
	}
}

// The window may be that of any stream.
func TestSize(t *testing.T) {
	_, screen := open(t)
	r, w := pipe(t)
	for _, s := range []Streams{{screen, w, w}, {r, screen, w}, {r, w, screen}} {
		if size := s.Size(); size == nil || size.Height != 24 || size.Width != 80 {
			t.Errorf("size %v, want 24 rows of 80", size)
		}
	}
	if size := (Streams{r, w, w}).Size(); size != nil {
		t.Errorf("size %v without a terminal", size)
	}
}

// The end of an input that is not a terminal is sent as the key for it, after a
// line and in the middle of a line.
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

// The end stays the end for every program that reads, also for a program that
// begins to edit lines itself after the key was sent.
func TestEndOfInputStays(t *testing.T) {
	_, peer, in, _ := attachPipes(t)
	in.Close()
	for range 3 {
		within(t, "end", 10*time.Second, func() {
			if got, err := io.ReadAll(peer); err != nil || len(got) > 0 {
				t.Errorf("the process read %q, error %v", got, err)
			}
		})
	}
	settings, err := unix.IoctlGetTermios(int(peer.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	settings.Lflag &^= unix.ICANON | unix.ECHO
	if err := unix.IoctlSetTermios(int(peer.Fd()), unix.TCSETS, settings); err != nil {
		t.Fatal(err)
	}
	key := make([]byte, 1)
	within(t, "key", 10*time.Second, func() {
		for key[0] != 4 { // 0 is a key that was typed before
			if _, err := peer.Read(key); err != nil {
				t.Error(err)
				return
			}
		}
	})
}

// A user's terminal that goes away hangs up the process's too, even if the
// process writes nothing. Its input ends, but not for a process whose output is
// still shown.
func TestUserGoes(t *testing.T) {
	screen, user := open(t)
	master, peer := open(t)
	hungUp := make(chan struct{})
	s, err := Attach(master, Streams{In: user, Out: user, Err: user}, func() { close(hungUp) })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	screen.Close()
	within(t, "hang-up", 10*time.Second, func() {
		<-hungUp
		if got, err := io.ReadAll(peer); err != unix.EIO && err != nil || len(got) > 0 {
			t.Errorf("the process read %q, error %v", got, err)
		}
	})
}

// When nobody reads the output of a process any more, its terminal hangs up, and
// the user's terminal gets its settings back.
func TestHangUp(t *testing.T) {
	_, user := open(t)
	before, err := unix.IoctlGetTermios(int(user.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	master, peer := open(t)
	out, outW := pipe(t)
	hungUp := make(chan struct{})
	s, err := Attach(master, Streams{In: user, Out: outW, Err: user}, func() { close(hungUp) })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out.Close()
	within(t, "hang-up", 10*time.Second, func() {
		for {
			if _, err := peer.WriteString("y"); err != nil {
				return
			}
		}
	})
	<-hungUp
	after, err := unix.IoctlGetTermios(int(user.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("settings (-before +after):\n%s", diff)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
