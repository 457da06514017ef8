package image

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// blocked starts a program that runs the steps of before and then waits for
// ever, and returns once it waits. It reports the number of that step, and is
// killed when the test ends.
func blocked(t *testing.T, l Launch, before func(b *program.Builder)) (p *Process, step int) {
	t.Helper()
	ours, theirs := socketpair(t)
	defer ours.Close()
	defer theirs.Close()
	l.Program = compile(t, func(b *program.Builder) {
		before(b)
		b.Write(program.ReportSlot.Arg(), "here")
		step = b.Read(program.ReportSlot.Arg(), b.Buffer(8), 8).Step()
		b.ExitGroup(0)
	})
	l.Inputs = map[program.Input]*os.File{"report": theirs}
	l.Stdio = [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	p, err := l.Start()
	if err != nil {
		t.Fatal(err)
	}
	hold, err := unix.FcntlInt(ours.Fd(), unix.F_DUPFD_CLOEXEC, 0) // no EOF for the reader
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		unix.PidfdSendSignal(int(p.pidfd.Fd()), unix.SIGKILL, nil, 0)
		unix.Wait4(p.Pid, nil, 0, nil)
		p.Close()
		unix.Close(hold)
	})
	theirs.Close()
	message := make([]byte, 64)
	n, err := ours.Read(message)
	if err != nil || string(message[:n]) != "here" {
		t.Fatalf("program says %q, %v", message[:n], err)
	}
	return p, step
}

func nothing(*program.Builder) {}

// visible returns l for tests that look at the process in /proc, which takes
// privileges if it is not dumpable.
func visible(l Launch) Launch {
	l.Readable = os.Geteuid() != 0
	return l
}

func procFile(t *testing.T, p *Process, name string) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.Pid, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestIdentityAndCommandLine(t *testing.T) {
	for _, noMemfd := range []bool{false, true} {
		l := Launch{noMemfd: noMemfd}
		requireWay(t, &l)
		p, _ := blocked(t, visible(l), nothing)
		var st unix.Stat_t
		if err := unix.Stat(fmt.Sprintf("/proc/%d/exe", p.Pid), &st); err != nil {
			t.Fatal(err)
		}
		if exe := (Identity{Dev: uint64(st.Dev), Ino: st.Ino}); exe != p.Image {
			t.Errorf("exe is %+v, want %+v", exe, p.Image)
		}
		if got := procFile(t, p, "cmdline"); got != argv0+"\x00" {
			t.Errorf("command line is %q", got)
		}
		if got := procFile(t, p, "environ"); got != "" {
			t.Errorf("environment is %q", got)
		}
	}
}

// TestMemoryMap checks that nothing is writable and executable, that nothing
// unknown is mapped, and how much memory is used.
func TestMemoryMap(t *testing.T) {
	p, _ := blocked(t, visible(Launch{}), func(b *program.Builder) { b.ShareProgress() })
	known := regexp.MustCompile(`^(` + strings.Join([]string{
		`00400000-\w+ r-xp .*/memfd:rt-init \(deleted\)`,
		`10000000-\w+ rw-p 00000000 00:00 0\s*(\[heap\])?`,
		`20000000-\w+ rw-s .*/memfd:rt-progress \(deleted\)`,
		`\w+-\w+ rw-p .*\[(stack|heap)\]`,
		`\w+-\w+ r--p .*\[vvar\w*\]`,
		`\w+-\w+ [r-]-xp .*\[(vdso|vsyscall)\]`,
	}, "|") + `)$`)
	maps := procFile(t, p, "maps")
	for line := range strings.Lines(maps) {
		if !known.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("unknown mapping %s", line)
		}
	}
	for line := range strings.Lines(procFile(t, p, "status")) {
		if strings.HasPrefix(line, "Vm") || strings.HasPrefix(line, "Rss") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// TestImageCannotBeWritten opens the image anew, as root in a container can
// through /proc/PID/exe, and tries to change it: while it is executed, which makes it busy
// (ETXTBSY), and afterwards.
func TestImageCannotBeWritten(t *testing.T) {
	for _, noMemfd := range []bool{false, true} {
		l := Launch{noMemfd: noMemfd}
		requireWay(t, &l)
		p, _ := blocked(t, visible(l), nothing)
		exe := fmt.Sprintf("/proc/%d/exe", p.Pid)
		if fd, err := unix.Open(exe, unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
			t.Error("image was opened for writing")
			unix.Close(fd)
		}
		if err := unix.Truncate(exe, 0); err == nil {
			t.Error("image was truncated")
		}
		fd, err := unix.Open(exe, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := unix.PidfdSendSignal(int(p.pidfd.Fd()), unix.SIGKILL, nil, 0); err != nil {
			t.Fatal(err)
		}
		if err := unix.Waitid(unix.P_PID, p.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			t.Fatal(err)
		}
		again, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", fd), unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		defer unix.Close(again)
		if _, err := unix.Pwrite(again, []byte("x"), 0); err == nil {
			t.Errorf("image was written to, without memfd: %v", noMemfd)
		}
	}
}

// TestDumpable looks at processes without capabilities from a thread that has
// the same ids, and all capabilities but CAP_SYS_PTRACE: it may look at a
// dumpable one.
func TestDumpable(t *testing.T) {
	drop := func(b *program.Builder) { b.Capset(0, 0, 0) }
	opaque, _ := blocked(t, Launch{}, drop)
	readable, _ := blocked(t, Launch{Readable: true}, drop)
	look := func(p *Process) error {
		_, err := readMemory(p.Pid, dataAddr, 8)
		return err
	}
	var opaqueErr, readableErr, exeErr error
	withoutPtrace(t, func() {
		opaqueErr, readableErr = look(opaque), look(readable)
		_, exeErr = os.Readlink(fmt.Sprintf("/proc/%d/exe", opaque.Pid))
	})
	if opaqueErr != unix.EPERM {
		t.Errorf("reading the memory: %v, want EPERM", opaqueErr)
	}
	if exeErr == nil {
		t.Error("the link to the executable can be read")
	}
	if readableErr != nil {
		t.Errorf("reading the memory with Readable: %v", readableErr)
	}
}

// withoutPtrace runs f on a thread without CAP_SYS_PTRACE, which ends then.
func withoutPtrace(t *testing.T, f func()) {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		err := unix.Capget(&header, &data[0])
		data[0].Effective &^= 1 << unix.CAP_SYS_PTRACE
		if err == nil {
			err = unix.Capset(&header, &data[0])
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestDumpableAttribute(t *testing.T) {
	for _, readable := range []bool{false, true} {
		s := scenario{build: func(b *program.Builder) {
			no := b.NewLabel()
			yes := b.Prctl(unix.PR_GET_DUMPABLE).Result("dumpable")
			b.JumpIf(yes, ^uint64(0), 0, no)
			b.ExitGroup(1)
			b.Bind(no)
			b.ExitGroup(0)
		}}
		if readable {
			s.want.Exit = 1
		}
		s.check(t, s.run(t, Launch{Readable: readable}.scenario(t, &s)))
	}
}

func TestProgress(t *testing.T) {
	p, step := blocked(t, Launch{}, func(b *program.Builder) {
		b.ShareProgress()
		next := b.NewLabel()
		b.Jump(next)
		b.Bind(next)
		b.Openat(program.Cwd, "/nonexistent", 0).Ignore(unix.ENOENT)
	})
	// The program says that it is there before it gets to the step.
	for range 1000 {
		if p.Progress() == step {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if got := p.Progress(); got != step {
		t.Errorf("progress is %d, want %d", got, step)
	}
	if err := unix.PidfdSendSignal(int(p.pidfd.Fd()), unix.SIGKILL, nil, 0); err != nil {
		t.Fatal(err)
	}
	if status := wait(t, p.Pid); status.Signal() != unix.SIGKILL {
		t.Errorf("status is %#x", status)
	}
	if got := p.Progress(); got != step {
		t.Errorf("progress of the dead process is %d, want %d", got, step)
	}
	p.Close()
	if got := p.Progress(); got != -1 {
		t.Errorf("progress behind Close is %d, want -1", got)
	}
}

func TestProgressNotShared(t *testing.T) {
	p, _ := blocked(t, Launch{}, nothing)
	if got := p.Progress(); got != -1 {
		t.Errorf("progress is %d, want -1", got)
	}
}

// TestSibling: the pid of the child that a process forks with ForkSibling is
// known, and the child is a child of this process, too.
func TestSibling(t *testing.T) {
	p, _ := blocked(t, Launch{}, func(b *program.Builder) {
		b.ShareProgress()
		b.ForkSibling(0) // both go on
	})
	child := 0
	for range 1000 {
		if child = p.Sibling(); child != 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if child == 0 || child == p.Pid {
		t.Fatalf("process %d has the sibling %d", p.Pid, child)
	}
	if err := unix.Kill(child, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status := wait(t, child); status.Signal() != unix.SIGKILL {
		t.Errorf("status is %#x", status)
	}
}
