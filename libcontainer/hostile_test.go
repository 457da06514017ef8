package libcontainer

import (
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/state"
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

// hostileStarter is a starter whose init sends what script says: for each
// message its length, how many descriptors come along, and its bytes.
func hostileStarter(t testing.TB, script []byte) *starter {
	t.Helper()
	ours, theirs, err := socketpair()
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
	p := &program.Program{Steps: make([]program.Step, 10), Origins: make([]program.Origin, 1)}
	return &starter{
		Container: &Container{state: &state.State{}},
		process:   &specs.Process{Terminal: true},
		prog:      p,
		layout:    layout{sendsRoot: true, requests: []mount.Request{{Kind: mount.MakeFile, Path: "a", Step: 3}, {Kind: mount.CopyUp}}},
		init:      &launched{sync: ours, ended: true, proc: &image.Process{}},
	}
}

// said is a message of hostileStarter's script.
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
		s := hostileStarter(t, said(0, step, uint32(unix.EPERM)))
		err := s.await()
		s.init.close()
		if err == nil || !strings.Contains(err.Error(), "of a program with 10: operation not permitted") {
			t.Errorf("step %d: %v", step, err)
		}
		notes := state.StepNotes{{First: 3, Origin: program.Origin{Doing: "wait"}}}
		_ = (&StepError{Origin: notes.Origin(step), Errno: unix.Errno(step)}).Error()
	}
}

// An init that was taken over names a process of the host as its child, or all
// of them: what goes wrong then ends with SIGKILL to that pid.
func TestForgedPid(t *testing.T) {
	words := func(pid int) []byte { return said(0, 7, 0, uint32(uint64(pid)), uint32(uint64(pid)>>32)) }
	for _, pid := range []int{-1, 0, 1, os.Getpid(), os.Getppid(), -os.Getpid(), 1<<32 + 1, 1 << 62} {
		s := hostileStarter(t, words(pid))
		err := s.awaitFork()
		s.init.close()
		if err == nil || s.init.pid != 0 || !strings.Contains(err.Error(), "none that it has made") {
			t.Errorf("pid %d: init %d, %v", pid, s.init.pid, err)
		}
	}
	child := sleeping(t)
	s := hostileStarter(t, words(child))
	defer s.init.close()
	if err := s.awaitFork(); err != nil || s.init.pid != child {
		t.Errorf("init %d, %v, want %d", s.init.pid, err, child)
	}
}

// A child that talks for ever does not fill this process's memory.
func TestAwaitForkFlooded(t *testing.T) {
	var script []byte
	for range 100 {
		script = append(script, said(1, 3, 0)...)
	}
	s := hostileStarter(t, script)
	defer s.init.close()
	if err := s.awaitFork(); err == nil || !strings.Contains(err.Error(), "16 messages before its pid") {
		t.Error(err)
	}
}

// What is not the end of a terminal is not taken for one, nor the terminal of a
// process that is to have none.
func TestForgedTerminal(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		file, want := os.DevNull, wanted
		if !wanted {
			file = "/dev/ptmx"
		}
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		s := hostileStarter(t, nil)
		s.process.Terminal = want
		err = s.takeTerminal(message{files: []*os.File{f}})
		s.init.close()
		if err == nil || s.handover.tty != nil {
			t.Errorf("%s was taken for a terminal: %v", file, err)
		}
	}
}

// An init that sends its own end of the connection with a request does not make
// its creator wait for more when it has ended.
func TestRequestWithConnection(t *testing.T) {
	s := hostileStarter(t, append(said(2, 3, 0, 1, 0), said(0, 0, 0)...))
	defer s.init.close()
	ended := make(chan error, 1)
	go func() { ended <- s.awaitAnswering() }()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "sent a socket") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the creator waits")
	}
}

// FuzzMessages lets an init say anything to its creator, who must neither
// panic nor wait for ever, believe in no process but its own children, and
// leave no descriptor open.
func FuzzMessages(f *testing.F) {
	f.Add(byte(0), said(0, 0xfffffff0, 1))
	f.Add(byte(1), append(said(0, 7, 0, 0xffffffff, 0xffffffff), said(0, 1, 0)...))
	f.Add(byte(1), append(said(0, 9, 0), said(0, 7, 0, 1, 0)...))
	f.Add(byte(2), append(said(2, 3, 0, 1, 0), said(1, 3, 0)...))
	f.Add(byte(2), said(2, 3, 0, 0, 1))
	f.Add(byte(2), said(250, 3, 0))
	f.Add(byte(3), append(said(1, 3, 0), said(1, 3, 5)...))
	f.Fuzz(func(t *testing.T, waits byte, script []byte) {
		before := openDescriptors(t)
		start := time.Now()
		s := hostileStarter(t, script)
		switch waits % 4 {
		case 0:
			_ = s.await()
		case 1:
			_ = s.awaitFork()
		case 2:
			_ = s.awaitAnswering()
		case 3:
			_, _ = awaitExec(s.init.sync)
		}
		s.handover.close()
		s.root.Close()
		s.init.close()
		if s.init.pid != 0 {
			t.Errorf("process %d is believed to be the init", s.init.pid)
		}
		if after := openDescriptors(t); after != before {
			t.Errorf("%d descriptors, %d before", after, before)
		}
		if took := time.Since(start); took > fuzzTimeout {
			t.Errorf("took %v", took)
		}
	})
}

func openDescriptors(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
