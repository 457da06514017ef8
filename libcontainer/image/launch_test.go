package image

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// trivial returns the launch of a program that exits.
func trivial(t *testing.T) *Launch {
	return &Launch{
		Program: compile(t, func(b *program.Builder) { b.ExitGroup(0) }),
		Inputs:  map[program.Input]*os.File{"report": os.Stderr},
		Stdio:   [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
	}
}

// mustFail starts l, which must fail and leave no descriptor and no child.
func mustFail(t *testing.T, l *Launch) error {
	t.Helper()
	before := leak.OpenDescriptors()
	p, err := l.Start()
	if err == nil {
		wait(t, p.Pid)
		p.Close()
		t.Fatal("Start succeeds")
	}
	if left := leak.OpenDescriptors().Since(before); left != nil {
		t.Errorf("left open: %q", left)
	}
	if _, werr := unix.Wait4(-1, nil, unix.WNOHANG, nil); werr != unix.ECHILD {
		t.Errorf("a child is left: %v", werr)
	}
	if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "image: ") {
		t.Errorf("error reads %q", err)
	}
	return err
}

func TestStartFaults(t *testing.T) {
	file, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tests := map[string]struct {
		change func(l *Launch)
		want   error
		text   string
	}{
		"missing input": {
			change: func(l *Launch) { l.Inputs = nil },
			text:   `input "report" is missing`,
		},
		"missing stdio": {
			change: func(l *Launch) { l.Stdio[1] = nil },
			text:   "descriptor 1 is missing",
		},
		"bad program": {
			change: func(l *Launch) { l.Program = &program.Program{} },
			text:   "program has no step to run",
		},
		"bad flags": {
			change: func(l *Launch) { l.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_FS },
			want:   unix.EINVAL,
			text:   "create process",
		},
		"not a cgroup": {
			change: func(l *Launch) { l.Cgroup = file },
			want:   ErrCgroupClone,
			text:   "create process inside cgroup",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := trivial(t)
			test.change(l)
			err := mustFail(t, l)
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("error is %v, want %s", err, test.text)
			}
			if errors.Is(err, ErrCgroupClone) != (test.want == ErrCgroupClone) {
				t.Errorf("error %v is taken for ErrCgroupClone", err)
			}
		})
	}
}

// TestCloneAndExecErrors checks how forkExec tells a failed execve from a
// failed clone: syscall.ForkExec returns both as a bare errno, but sets the
// pidfd, to -1, only where there was a child.
func TestCloneAndExecErrors(t *testing.T) {
	l := trivial(t)
	files := []uintptr{0, 1, 2}
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(null)
	err = l.forkExec(&Process{}, null, files)
	if !errors.Is(err, errExecute) || !errors.Is(err, unix.EACCES) || errors.Is(err, errClone) {
		t.Errorf("execute a device: %v", err)
	}
	l.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_FS
	err = l.forkExec(&Process{}, null, files)
	if !errors.Is(err, errClone) || !errors.Is(err, unix.EINVAL) || errors.Is(err, errExecute) {
		t.Errorf("clone with bad flags: %v", err)
	}
}

// TestBothWaysFail makes an image file that cannot be executed.
func TestBothWaysFail(t *testing.T) {
	l := trivial(t)
	requireWay(t, &Launch{noMemfd: true})
	f, err := newFile(l.Program, false)
	if err != nil {
		t.Fatal(err)
	}
	f.mode = 0o400
	before := leak.OpenDescriptors()
	err = l.start(&Process{}, f)
	if !errors.Is(err, errExecute) || strings.Count(err.Error(), errExecute.Error()) != 2 {
		t.Errorf("error is %v, want two attempts to execute", err)
	}
	if left := leak.OpenDescriptors().Since(before); left != nil {
		t.Errorf("left open: %q", left)
	}
}

func TestLeavesNoDescriptor(t *testing.T) {
	for _, noMemfd := range []bool{false, true} {
		l := trivial(t)
		l.noMemfd = noMemfd
		requireWay(t, l)
		l.Program = compile(t, func(b *program.Builder) {
			b.ShareProgress()
			b.ExitGroup(0)
		})
		before := leak.OpenDescriptors()
		p, err := l.Start()
		if err != nil {
			t.Fatal(err)
		}
		// A pidfd reads pidfd: or anon_inode:[pidfd].
		isPidfd := func(f string) bool { return strings.Contains(f, "pidfd") }
		if more := slices.DeleteFunc(leak.OpenDescriptors().Since(before), isPidfd); len(more) != 0 {
			t.Errorf("process holds %q", more)
		}
		wait(t, p.Pid)
		p.Close()
		if left := leak.OpenDescriptors().Since(before); left != nil {
			t.Errorf("left open: %q", left)
		}
	}
}

// TestDescriptors passes inputs in an order that makes ForkExec move them
// about, and checks that each arrives at its number, that the image file is
// found, and that nothing else is passed on.
func TestDescriptors(t *testing.T) {
	const inputs = 12
	b := program.NewBuilder("report")
	l := trivial(t)
	l.Inputs = map[program.Input]*os.File{}
	files := make([]*os.File, inputs)
	for i := range files {
		r, w := pipe(t)
		if _, err := w.WriteString(string(rune('a' + i))); err != nil {
			t.Fatal(err)
		}
		w.Close()
		files[i] = r
	}
	slices.Reverse(files) // the highest number first
	out, report := pipe(t)
	l.Inputs["report"] = report
	buf := b.Buffer(1)
	for i, f := range files {
		name := program.Input(fmt.Sprint("input", i))
		l.Inputs[name] = f
		fd := b.Input(name)
		if fd.Value != uint64(program.FirstInput+1+i) {
			t.Fatalf("input %d is descriptor %d", i, fd.Value)
		}
		b.Read(fd, buf, 1)
		b.WriteFrom(program.ReportSlot.Arg(), buf, 1)
	}
	extra := program.FirstInput + 1 + inputs
	for fd := extra; fd < extra+40; fd++ {
		closed := b.NewLabel()
		b.Call(unix.SYS_FCNTL, program.Imm(fd), program.Imm(unix.F_GETFD)).On(unix.EBADF, closed)
		b.Write(program.ReportSlot.Arg(), "!")
		b.Bind(closed)
	}
	b.ExitGroup(0)
	var err error
	if l.Program, err = b.Program(); err != nil {
		t.Fatal(err)
	}
	p, err := l.Start()
	if err != nil {
		t.Fatal(err)
	}
	report.Close()
	got := string(readAll(t, out))
	p.Close()
	wait(t, p.Pid)
	if want := "lkjihgfedcba"; got != want {
		t.Errorf("program reads %q, want %q", got, want)
	}
}

// TestStartConcurrently starts images from many threads, while others fork:
// nobody may find an image file busy (ETXTBSY).
func TestStartConcurrently(t *testing.T) {
	for _, noMemfd := range []bool{false, true} {
		l := trivial(t)
		l.noMemfd = noMemfd
		requireWay(t, l)
		errs := make(chan error)
		const n = 20
		for range n {
			go func() {
				launch := *l
				p, err := launch.Start()
				if err == nil {
					_, err = unix.Wait4(p.Pid, nil, 0, nil)
					p.Close()
				}
				errs <- err
			}()
		}
		for range n {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	}
}
