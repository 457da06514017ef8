package creator

import (
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// sleeping starts a child of this process that does nothing, and returns its
// pid. It ends with the test.
func sleeping(t testing.TB) int {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

// hostileSession is a session whose init sends what script says: for each
// message its length, how many descriptors come along, and its bytes.
func hostileSession(t testing.TB, script []byte) *Session {
	t.Helper()
	ours, theirs, err := connection()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	for len(script) >= 2 {
		size, count := min(int(script[0]), len(script)-2), min(int(script[1]), 250)
		var rights []byte
		if count > 0 {
			fds := make([]int, count)
			for i := range fds {
				fds[i] = int(theirs.Fd())
			}
			rights = unix.UnixRights(fds...)
		}
		if unix.Sendmsg(int(theirs.Fd()), script[2:2+size], rights, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL) != nil {
			break // its buffer is full
		}
		script = script[2+size:]
	}
	return &Session{
		Launch: Launch{
			Process: &specs.Process{},
			Plan: &compile.Plan{
				Program:     &program.Program{Steps: make([]program.Step, 10), Origins: make([]program.Origin, 1)},
				Requests:    []mount.Request{{Kind: mount.MakeFile, Path: "a", Step: 3}, {Kind: mount.CopyUp}},
				RequestStep: 3,
			},
		},
		conn: ours, ended: true, proc: &image.Process{},
	}
}

// fork and ready are what the init is to say next.
var (
	fork  = compile.Ask{Kind: compile.Fork, Step: 7}
	ready = compile.Ask{Kind: compile.Ready, Step: 9}
)

// said is a message of hostileSession's script.
func said(files byte, words ...uint32) []byte {
	b := []byte{byte(4 * len(words)), files}
	for _, w := range words {
		b = binary.NativeEndian.AppendUint32(b, w)
	}
	return b
}

// An init that was taken over reports steps that its program has not got.
func TestForgedReport(t *testing.T) {
	for _, step := range []uint32{10, 0x7fffffff, 0xfffffff0} {
		s := hostileSession(t, said(0, step, uint32(unix.EPERM)))
		_, err := s.await(ready)
		s.Close()
		if err == nil || !strings.Contains(err.Error(), "of a program with 10: operation not permitted") {
			t.Errorf("step %d: %v", step, err)
		}
	}
}

// An init that was taken over names a process of the host as its child, or all
// of them. An error would then end with SIGKILL to that pid.
func TestForgedPid(t *testing.T) {
	words := func(pid int) []byte { return said(0, 7, 0, uint32(pid)) }
	for _, pid := range []int{-1, 0, 1, os.Getpid(), os.Getppid(), -os.Getpid(), 1 << 30, -1 << 31} {
		s := hostileSession(t, words(pid))
		_, err := s.awaitFork(fork)
		s.Close()
		if err == nil || s.pid != 0 || !strings.Contains(err.Error(), "not its child") {
			t.Errorf("pid %d: init %d, %v", pid, s.pid, err)
		}
	}
	child := sleeping(t)
	s := hostileSession(t, words(child))
	defer s.Close()
	if _, err := s.awaitFork(fork); err != nil || s.pid != child {
		t.Errorf("init %d, %v, want %d", s.pid, err, child)
	}
}

// A child that talks for ever does not fill this process's memory.
func TestAwaitForkFlooded(t *testing.T) {
	var script []byte
	for range 100 {
		script = append(script, said(1, 3, 0)...)
	}
	s := hostileSession(t, script)
	defer s.Close()
	if _, err := s.awaitFork(fork); err == nil || !strings.Contains(err.Error(), "16 messages before its pid") {
		t.Error(err)
	}
}

// Messages that are not the next one, or that do not have its form, are
// refused, and the descriptors that come with them are closed.
func TestForgedMessages(t *testing.T) {
	terminal := compile.Ask{Kind: compile.TakeTerminal, Step: 5}
	root := compile.Ask{Kind: compile.Ready, Step: 5, Root: true}
	for _, test := range []struct {
		name string
		said []byte
		ask  compile.Ask
		ok   bool
	}{
		{"ready", said(0, 9, 0), ready, true},
		{"other step", said(0, 8, 0), ready, false},
		{"with a value", said(0, 9, 0, 1), ready, false},
		{"with a descriptor", said(1, 9, 0), ready, false},
		{"terminal", said(1, 5, 0), terminal, true},
		{"terminal without one", said(0, 5, 0), terminal, false},
		{"two terminals", said(2, 5, 0), terminal, false},
		{"root", said(1, 5, 0), root, true},
		{"no root", said(0, 5, 0), root, false},
		{"request 2 of 2", said(2, 3, 0, 2), ready, false},
		{"request without number", said(2, 3, 0), ready, false},
		{"request without descriptors", said(0, 3, 0, 0), ready, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := leak.OpenDescriptors()
			s := hostileSession(t, test.said)
			f, err := s.await(test.ask)
			if (err == nil) != test.ok || (f != nil) != (test.ok && test.ask.Kind == compile.TakeTerminal) || (s.root != nil) != (test.ok && test.ask.Root) {
				t.Errorf("%v, %v, root %v", f, err, s.root)
			}
			f.Close() // may be nil
			s.Close()
			if left := leak.OpenDescriptors().Since(before); left != nil {
				t.Errorf("left open: %q", left)
			}
		})
	}
}

// An init that sends its own end of the connection with a request does not make
// its creator wait for more when it has ended.
func TestRequestWithConnection(t *testing.T) {
	s := hostileSession(t, append(said(2, 3, 0, 1), said(0, 0, 0)...))
	defer s.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := s.await(ready)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "other descriptors") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the creator waits")
	}
}

// FuzzMessages lets an init say anything to its creator. The creator must not
// panic or wait for ever, must believe in no process but its own children, and
// must leave no descriptor open.
func FuzzMessages(f *testing.F) {
	f.Add(byte(0), said(0, 0xfffffff0, 1))
	f.Add(byte(1), append(said(0, 7, 0, 0xffffffff, 0xffffffff), said(0, 1, 0)...))
	f.Add(byte(1), append(said(0, 9, 0), said(0, 7, 0, 1, 0)...))
	f.Add(byte(2), append(said(2, 3, 0, 1), said(1, 3, 0)...))
	f.Add(byte(2), said(2, 3, 0, 0, 1))
	f.Add(byte(2), said(250, 3, 0))
	f.Add(byte(3), append(said(1, 3, 0), said(1, 3, 5)...))
	f.Fuzz(func(t *testing.T, waits byte, script []byte) {
		before := leak.OpenDescriptors()
		start := time.Now()
		s := hostileSession(t, script)
		s.Plan.Asks = []compile.Ask{{Kind: compile.MapIDs, Step: 1}, fork, {Kind: compile.TakeListener, Step: 8, Root: true}, ready}
		switch waits % 4 {
		case 0:
			_ = s.Serve(func(compile.AskKind, *os.File) error { return nil })
		case 1:
			_, _ = s.awaitFork(fork)
		case 2:
			f, _ := s.await(compile.Ask{Kind: compile.TakeTerminal, Step: 3})
			f.Close() // may be nil
		case 3:
			_ = s.AwaitExec()
		}
		s.Close()
		if s.pid != 0 {
			t.Errorf("process %d is believed to be the init", s.pid)
		}
		if left := leak.OpenDescriptors().Since(before); left != nil {
			t.Errorf("left open: %q", left)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
