package stdio

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// within fails the test if do does not return in time.
func inTime(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { do(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: takes too long", what)
	}
}

func newLoop(t *testing.T) *Loop {
	t.Helper()
	l, err := NewLoop()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func newFifo(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// reader opens a fifo as an engine does, and reads it to its end.
func reader(t *testing.T, path string) <-chan string {
	t.Helper()
	got := make(chan string, 1)
	go func() {
		f, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		defer f.Close()
		data, _ := io.ReadAll(f)
		got <- string(data)
	}()
	return got
}

func openStreams(t *testing.T, l *Loop, n Names) *Streams {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := Open(ctx, l, n, Owner{ID: "one", Namespace: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// process takes the files as a container's process would.
func process(t *testing.T, s *Streams) (stdin, stdout, stderr *os.File) {
	t.Helper()
	var files [3]*os.File
	for i, f := range s.Files() {
		fd, err := unix.Dup(int(f.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = os.NewFile(uintptr(fd), f.Name())
		t.Cleanup(func() { files[i].Close() })
	}
	s.Passed()
	return files[0], files[1], files[2]
}

// A reader that comes late and is slow gets all output.
func TestOutput(t *testing.T) {
	stdout, stderr := newFifo(t, "out"), newFifo(t, "err")
	got, gotErr := reader(t, stdout), reader(t, stderr)
	s := openStreams(t, newLoop(t), Names{Stdout: stdout, Stderr: stderr})
	_, out, errors := process(t, s)
	text := strings.Repeat("0123456789abcde\n", 1<<17)
	inTime(t, "output", func() {
		go func() {
			fmt.Fprint(errors, "error")
			errors.Close()
		}()
		if _, err := io.WriteString(out, text); err != nil {
			t.Error(err)
		}
		out.Close()
		if err := s.Drain(10 * time.Second); err != nil {
			t.Error(err)
		}
		if g := <-got; g != text {
			t.Errorf("read %d bytes, want %d", len(g), len(text))
		}
		if g := <-gotErr; g != "error" {
			t.Errorf("stderr: %q", g)
		}
	})
}

// A full fifo stops its process, but neither the output of others nor the loop.
func TestFullFifo(t *testing.T) {
	l := newLoop(t)
	full, other := newFifo(t, "full"), newFifo(t, "other")
	keep, err := os.OpenFile(full, os.O_RDWR, 0) // this reads nothing for now
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	_, out, _ := process(t, openStreams(t, l, Names{Stdout: full}))
	text := strings.Repeat("x", 1<<20)
	written := make(chan struct{})
	go func() {
		_, _ = io.WriteString(out, text)
		out.Close()
		close(written)
	}()
	got := reader(t, other)
	_, out2, _ := process(t, openStreams(t, l, Names{Stdout: other}))
	inTime(t, "another stream", func() {
		fmt.Fprint(out2, "through")
		out2.Close()
		if g := <-got; g != "through" {
			t.Errorf("read %q", g)
		}
	})
	select {
	case <-written:
		t.Error("1 MiB went into a fifo that nobody reads")
	default:
	}
	inTime(t, "the full fifo", func() {
		data := make([]byte, len(text))
		if _, err := io.ReadFull(keep, data); err != nil || string(data) != text {
			t.Errorf("read other than what was written: %v", err)
		}
		<-written
	})
}

// The input ends when the engine has closed its end and called CloseStdin, and not
// before: an engine that restarts closes its end too.
func TestInput(t *testing.T) {
	stdin := newFifo(t, "in")
	s := openStreams(t, newLoop(t), Names{Stdin: stdin})
	in, _, _ := process(t, s)
	defer in.Close()
	for _, text := range []string{"first", "second"} {
		if err := os.WriteFile(stdin, []byte(text), 0); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, len(text))
		inTime(t, text, func() {
			if _, err := io.ReadFull(in, data); err != nil || string(data) != text {
				t.Errorf("read %q, %v, want %q", data, err, text)
			}
		})
	}
	s.CloseStdin()
	inTime(t, "end", func() {
		if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
			t.Errorf("read %q, %v", rest, err)
		}
	})
}

// A process that was left behind holds the output open: waiting for its end has a
// limit, and the reader gets an end when the streams are closed.
func TestLeftBehind(t *testing.T) {
	stdout := newFifo(t, "out")
	got := reader(t, stdout)
	s := openStreams(t, newLoop(t), Names{Stdout: stdout})
	_, out, _ := process(t, s)
	defer out.Close()
	fmt.Fprint(out, "left")
	inTime(t, "settle", func() { s.Settle(time.Minute) })
	if err := s.Drain(50 * time.Millisecond); err == nil {
		t.Error("the output is at its end")
	}
	s.Close()
	inTime(t, "end", func() {
		if g := <-got; g != "left" {
			t.Errorf("read %q", g)
		}
	})
}

// Nobody reads, but Settle must not wait for ever.
func TestSettleUnread(t *testing.T) {
	stdout := newFifo(t, "out")
	keep, err := os.OpenFile(stdout, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	s := openStreams(t, newLoop(t), Names{Stdout: stdout})
	_, out, _ := process(t, s)
	fmt.Fprint(out, "unread")
	out.Close()
	const patience = 200 * time.Millisecond
	begin := time.Now()
	inTime(t, "settle", func() { s.Settle(patience) })
	if took := time.Since(begin); took < patience {
		t.Errorf("settled after %v with output that nobody has read", took)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "log")
	for range 2 {
		s := openStreams(t, newLoop(t), Names{Stdout: "file://" + path, Stderr: "file://" + path})
		_, out, errors := process(t, s)
		fmt.Fprint(out, "a line\n")
		out.Close()
		errors.Close()
		inTime(t, "drain", func() { _ = s.Drain(10 * time.Second) })
	}
	if data, _ := os.ReadFile(path); string(data) != "a line\na line\n" {
		t.Errorf("the file has %q", data)
	}
}

// A program that logs gets both outputs, its arguments and its environment.
func TestProgram(t *testing.T) {
	dir := t.TempDir()
	program, log := filepath.Join(dir, "logger"), filepath.Join(dir, "log")
	script := "#!/bin/sh\nexec 5>&-\necho \"$* $CONTAINER_ID $CONTAINER_NAMESPACE\" >" + log + "\ncat <&3 >>" + log + "\ncat <&4 >>" + log + "\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	s := openStreams(t, newLoop(t), Names{Stdout: "binary://" + program + "?b=2%20x&a=1&c"})
	_, out, errors := process(t, s)
	fmt.Fprint(out, "out\n")
	fmt.Fprint(errors, "err\n")
	out.Close()
	errors.Close()
	inTime(t, "close", s.Close)
	if data, _ := os.ReadFile(log); string(data) != "b 2 x a 1 c one test\nout\nerr\n" {
		t.Errorf("logged: %q", data)
	}
}

func TestOpenFaults(t *testing.T) {
	l := newLoop(t)
	for name, want := range map[string]string{
		"ftp://x":               "unknown scheme",
		"%zz":                   "parse",
		"/no/such/fifo":         "no such file",
		"binary:///no/such":     "no such file",
		"binary-v2:///bin/true": "without saying that it is ready",
	} {
		_, err := Open(context.Background(), l, Names{Stdout: name}, Owner{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "stdout: ") {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
	if _, err := Open(context.Background(), l, Names{Stdin: "/no/such"}, Owner{}); err == nil {
		t.Error("a stdin that is not there can be opened")
	}
}

// A fifo that nobody reads is waited for, as long as the request lasts.
func TestNoReader(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, newLoop(t), Names{Stdout: newFifo(t, "out")}, Owner{})
	if err == nil || !strings.Contains(err.Error(), "which nobody reads") {
		t.Errorf("error %v", err)
	}
}

// Idle streams cost no goroutine, and closed ones no descriptor.
func TestIdle(t *testing.T) {
	l := newLoop(t)
	stdout := newFifo(t, "out")
	keep, err := os.OpenFile(stdout, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	goroutines, descriptors := runtime.NumGoroutine(), leak.OpenDescriptors()
	var list []*Streams
	for range 50 {
		s, err := Open(context.Background(), l, Names{Stdin: stdout, Stdout: stdout, Stderr: stdout}, Owner{})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if n := runtime.NumGoroutine() - goroutines; n > 5 {
		t.Errorf("50 idle processes have %d goroutines", n)
	}
	for _, s := range list {
		s.Close()
		s.Close() // is harmless
	}
	if left := leak.OpenDescriptors().Since(descriptors); left != nil {
		t.Errorf("left open: %q", left)
	}
}
