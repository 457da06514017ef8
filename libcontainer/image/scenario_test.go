package image

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// scenario is a small program with real system calls. It runs natively, and
// for the other architecture in qemu.
type scenario struct {
	name  string
	stdin string
	build func(b *program.Builder)
	stays bool // its exit_group(2) fails, as if a filter refused it
	want  outcome
}

// program compiles the scenario.
func (s *scenario) program() (*program.Program, error) {
	b := program.NewBuilder("report")
	s.build(b)
	p, err := b.Program()
	if err == nil && s.stays {
		p.Steps[program.Entry-1].Nr = unix.SYS_FCHDIR // of descriptor 1, a pipe
	}
	return p, err
}

// outcome is what a scenario does. Report is nil if it reports nothing. Exit is -1 if a
// signal ends it.
type outcome struct {
	Stdout string
	Report *program.Report
	Exit   int
}

var (
	stdin  = program.Imm(0)
	stdout = program.Imm(1)
)

// getLong returns the long that is in memory there.
func getLong(b []byte) uint64 {
	if longSize == 4 {
		return uint64(binary.NativeEndian.Uint32(b))
	}
	return binary.NativeEndian.Uint64(b)
}

// firstByte returns the word whose first byte in memory is c, and whose other
// bytes are 0.
func firstByte(c byte) uint64 { return uint64(binary.NativeEndian.Uint32([]byte{c, 0, 0, 0})) }

// many is how many steps and slots a program has that needs large numbers.
const many = 1<<16 + 1<<12

// after returns the number of the n-th step behind the failure handler.
func after(n uint32) uint32 { return program.Entry + n }

var scenarios = []scenario{{
	name: "write and exit",
	build: func(b *program.Builder) {
		b.Write(stdout, "hello\n")
		b.ExitGroup(7)
	},
	want: outcome{Stdout: "hello\n", Exit: 7},
}, {
	name: "unexpected errno",
	build: func(b *program.Builder) {
		b.Write(stdout, "before\n")
		b.Openat(program.Cwd, "/nonexistent", 0).Ignore(unix.EACCES)
		b.Write(stdout, "behind\n")
		b.ExitGroup(0)
	},
	want: outcome{Stdout: "before\n", Report: &program.Report{Step: after(1), Errno: unix.ENOENT}, Exit: 1},
}, {
	name: "expected errnos",
	build: func(b *program.Builder) {
		wrong, right, anyErrno := b.NewLabel(), b.NewLabel(), b.NewLabel()
		b.Openat(program.Cwd, "/nonexistent", 0).Ignore(unix.ENOENT)
		b.Openat(program.Cwd, "/nonexistent", 0).On(unix.EACCES, wrong).On(unix.ENOENT, right)
		b.Bind(wrong)
		b.Write(stdout, "wrong\n")
		b.Bind(right)
		b.Close(program.Imm(-1)).On(unix.ENOENT, wrong).On(program.AnyErrno, anyErrno)
		b.Write(stdout, "success\n")
		b.Bind(anyErrno)
		b.Write(stdout, "any\n")
		b.ExitGroup(0)
	},
	want: outcome{Stdout: "any\n"},
}, {
	name: "six errnos",
	build: func(b *program.Builder) {
		wrong, last := b.NewLabel(), b.NewLabel()
		six := func(sixth unix.Errno) {
			c := b.Close(program.Imm(-1))
			for errno := range unix.Errno(program.MaxOutcomes - 1) {
				c.On(errno+1, wrong)
			}
			c.On(sixth, last)
		}
		six(unix.EBADF)
		b.Bind(wrong)
		b.ExitGroup(2)
		b.Bind(last)
		six(unix.EPIPE)
		b.ExitGroup(3)
	},
	want: outcome{Report: &program.Report{Step: after(2), Errno: unix.EBADF}, Exit: 1},
}, {
	name:  "fail",
	build: func(b *program.Builder) { b.Fail(unix.ELOOP) },
	want:  outcome{Report: &program.Report{Step: after(0), Errno: unix.ELOOP}, Exit: 1},
}, {
	name:  "fail and stay",
	build: func(b *program.Builder) { b.Fail(unix.ELOOP) },
	stays: true,
	want:  outcome{Report: &program.Report{Step: after(0), Errno: unix.ELOOP}, Exit: -1},
}, {
	name: "report redirected",
	build: func(b *program.Builder) {
		b.Dup3(stdout, program.Imm(20), unix.O_CLOEXEC).ResultIn(program.ReportSlot)
		b.Fail(unix.EPERM)
	},
	want: outcome{
		Stdout: words(after(1), uint32(unix.EPERM)),
		Exit:   1,
	},
}, {
	name:  "loop on a slot",
	stdin: "abc",
	build: func(b *program.Builder) {
		buf, end := b.Buffer(1), b.NewLabel()
		again := b.Here()
		n := b.Read(stdin, buf, 1).Retry().Result("count")
		b.JumpIf(n, ^uint64(0), 0, end)
		b.JumpIf(n, 1, 0, end)
		b.Call(unix.SYS_WRITE, stdout, buf, n)
		b.Jump(again)
		b.Bind(end)
		b.ExitGroup(0)
	},
	want: outcome{Stdout: "abc"},
}, {
	name:  "jump on a word",
	stdin: "12345678",
	build: func(b *program.Builder) {
		buf, wrong, end := b.Buffer(11), b.NewLabel(), b.NewLabel()
		b.Read(stdin, buf.At(3), 8)
		word := binary.NativeEndian.Uint32([]byte("4567"))
		b.JumpIfWord(buf.At(6), program.WholeWord, word+1, wrong)
		b.JumpIfWord(buf.At(6), 0xff00, word&0xff00, end)
		b.Bind(wrong)
		b.Write(stdout, "wrong\n")
		b.Bind(end)
		b.ExitGroup(0)
	},
}, {
	name: "store a slot",
	build: func(b *program.Builder) {
		buf := b.Buffer(16)
		fd := b.Dup3(stdout, program.Imm(0x15), 0).Result("copy")
		b.Store(buf.At(4), fd)
		b.Store(buf.At(11), program.Imm(0x04030201))
		b.WriteFrom(fd, buf, 16)
		b.ExitGroup(0)
	},
	want: outcome{Stdout: "\x00\x00\x00\x00" + words(0x15) + "\x00\x00\x00" + words(0x04030201) + "\x00"},
}, {
	name:  "load into a slot",
	stdin: "\x01abc\xffdefgh",
	build: func(b *program.Builder) {
		buf, out := b.Buffer(11), b.Buffer(8)
		b.Read(stdin, buf.At(1), 9)
		b.Store(out, b.Load(buf.At(2), program.WholeWord, "word"))
		n := b.Load(buf.At(1), program.FirstByte, "byte")
		b.Store(out.At(4), n)
		b.WriteFrom(stdout, out, 8)
		end := b.NewLabel()
		b.JumpIf(n, ^uint64(0), firstByte(1), end)
		b.ExitGroup(2)
		b.Bind(end)
		b.ExitGroup(1)
	},
	want: outcome{Stdout: "abc\xff" + "\x01\x00\x00\x00", Exit: 1},
}, {
	name: "numbers of more than 16 bits",
	build: func(b *program.Builder) {
		early, late := b.NewLabel(), b.NewLabel()
		b.Jump(late)
		b.Bind(early)
		for range many {
			b.NewSlot("unused")
			b.ExitGroup(2)
		}
		b.Bind(late)
		buf := b.Buffer(4)
		b.Store(buf, program.Imm(firstByte('!')))
		n := b.Load(buf, program.FirstByte, "loaded")
		fd := b.Dup3(stdout, program.Imm(0x15), 0).Result("copy")
		behind := b.NewLabel()
		b.Close(program.Imm(-1)).On(unix.ENOENT, early).On(unix.EBADF, behind)
		b.ExitGroup(3)
		b.Bind(behind)
		b.JumpIf(n, ^uint64(0), 0, early)
		b.WriteFrom(fd, buf, 1)
		b.Close(fd).On(unix.EBADF, early)
		end := b.NewLabel()
		b.Close(fd).On(unix.EBADF, end)
		b.Bind(end)
		b.Fail(unix.EPERM)
	},
	want: outcome{Stdout: "!", Report: &program.Report{Step: after(many + 10), Errno: unix.EPERM}, Exit: 1},
}, {
	name: "pointers",
	build: func(b *program.Builder) {
		list := b.Struct([]byte(long(0)+long(4)+long(0)+long(6)),
			program.Ref{Off: 0, To: b.String("one ")},
			program.Ref{Off: program.IovecSize, To: b.String("and two").At(1)})
		b.Call(unix.SYS_WRITEV, stdout, list, program.Imm(2))
		b.ExitGroup(0)
	},
	want: outcome{Stdout: "one nd two"},
}, {
	name: "fork",
	build: func(b *program.Builder) {
		child := b.NewLabel()
		pid := b.Fork(0).Result("child")
		b.JumpIf(pid, ^uint64(0), 0, child)
		status := b.Buffer(4)
		b.Call(unix.SYS_WAIT4, pid, status, program.Null, program.Null)
		b.Write(stdout, "parent\n")
		b.WriteFrom(stdout, status, 4)
		b.ExitGroup(0)
		b.Bind(child)
		b.Write(stdout, "child\n")
		b.ExitGroup(5)
	},
	want: outcome{Stdout: "child\nparent\n" + words(5<<8)},
}, {
	name: "exec",
	build: func(b *program.Builder) {
		argv := b.Strings([]string{"/proc/self/exe"})
		b.Execve("/nonexistent/file", argv, b.Pointers()).Ignore(unix.ENOENT)
		b.Execve("/proc/self/fd/1", argv, b.Pointers())
	},
	want: outcome{Report: &program.Report{Step: after(1), Errno: unix.EACCES}, Exit: 1},
}}

// words returns words as they are in memory.
func words(list ...uint32) string {
	var b []byte
	for _, w := range list {
		b = binary.NativeEndian.AppendUint32(b, w)
	}
	return string(b)
}

// long returns a long as it is in memory.
func long(v uint64) string {
	b := make([]byte, longSize)
	putLong(b, v)
	return string(b)
}

func decodeReport(t *testing.T, b []byte) *program.Report {
	t.Helper()
	switch len(b) {
	case 0:
		return nil
	case program.ReportSize:
		return &program.Report{
			Step:  binary.NativeEndian.Uint32(b),
			Errno: unix.Errno(binary.NativeEndian.Uint32(b[4:])),
		}
	}
	t.Fatalf("report has %d bytes: %v", len(b), b)
	return nil
}

// compile builds a program with the report as input 0.
func compile(t *testing.T, build func(b *program.Builder)) *program.Program {
	t.Helper()
	b := program.NewBuilder("report")
	build(b)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs a scenario by start, which gets the process's descriptors and
// returns the function that waits for its exit status.
func (s *scenario) run(t *testing.T, start func(stdin, stdout, report *os.File) (exit func() int)) outcome {
	t.Helper()
	in, feed := pipe(t)
	out, stdout := pipe(t)
	reports, report := pipe(t)
	if _, err := feed.WriteString(s.stdin); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	exit := start(in, stdout, report)
	stdout.Close()
	report.Close()
	return outcome{
		Stdout: string(readAll(t, out)),
		Report: decodeReport(t, readAll(t, reports)),
		Exit:   exit(),
	}
}

func (s *scenario) check(t *testing.T, got outcome) {
	t.Helper()
	if diff := cmp.Diff(s.want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
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

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var buf bytes.Buffer
	if _, err := io.Copy(&buf, r); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// wait reaps a child.
func wait(t *testing.T, pid int) unix.WaitStatus {
	t.Helper()
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &status, 0, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatal("wait:", err)
		}
		return status
	}
}

func TestScenarios(t *testing.T) {
	ways := map[string]Launch{
		"memfd":          {},
		"readable memfd": {Readable: true},
		"tmpfs":          {noMemfd: true},
	}
	for way, launch := range ways {
		for _, s := range scenarios {
			t.Run(way+"/"+s.name, func(t *testing.T) {
				requireWay(t, &launch)
				s.check(t, s.run(t, launch.scenario(t, &s)))
			})
		}
	}
}

// scenario returns the function that starts s by a copy of l.
func (l Launch) scenario(t *testing.T, s *scenario) func(stdin, stdout, report *os.File) func() int {
	return func(stdin, stdout, report *os.File) func() int {
		p, err := s.program()
		if err != nil {
			t.Fatal(err)
		}
		l.Program = p
		l.Inputs = map[program.Input]*os.File{"report": report}
		l.Stdio = [3]*os.File{stdin, stdout, os.Stderr}
		process, err := l.Start()
		if err != nil {
			t.Fatal(err)
		}
		return func() int {
			process.Close()
			return wait(t, process.Pid).ExitStatus()
		}
	}
}

func requireWay(t *testing.T, l *Launch) {
	if l.noMemfd && os.Geteuid() != 0 {
		cannotRun(t, "mounting a tmpfs needs root")
	}
}
