// Package steps runs steps in a process of their own and tells what came of
// it, so that a package that compiles them can be tested on the real kernel.
package steps

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/program"
)

// Report is the input that failures are reported to.
const Report program.Input = "sync"

// patience bounds the life of a process under test.
const patience = 20 * time.Second

// Result is what came of a program.
type Result struct {
	Output  string          // what it wrote to stdout and stderr
	Failure string          // how an error would read, or "" if no step failed
	Status  unix.WaitStatus // of the process, or of the child that took its place
	Pid     int             // of the same
}

// Options say how to start the process.
type Options struct {
	Cloneflags uintptr
	Stdin      *os.File // instead of /dev/null
	// Answer answers a request of the program, see package helper. Without, a
	// request is a failure.
	Answer func(conn *os.File, p *program.Program, number uint32, files []*os.File) error
}

// Run is Options.Run with no options.
func Run(t testing.TB, build func(*program.Builder)) Result {
	t.Helper()
	return Options{}.Run(t, build)
}

// Run runs the steps that build appends. The program exits with status 0
// behind them.
func (o Options) Run(t testing.TB, build func(*program.Builder)) Result {
	t.Helper()
	b := program.NewBuilder(Report)
	build(b)
	b.ExitGroup(0)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{t: t, p: p}
	defer r.close()
	r.answer = o.Answer
	r.start(o)
	r.follow()
	return r.result
}

// run is a program under test.
type run struct {
	t       testing.TB
	p       *program.Program
	reports *os.File
	output  *os.File
	files   []*os.File
	proc    *image.Process
	result  Result
	running bool
	answer  func(conn *os.File, p *program.Program, number uint32, files []*os.File) error
}

func (r *run) start(o Options) {
	r.t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	r.must(err)
	// The program's end blocks, ours obeys deadlines.
	r.must(unix.SetNonblock(pair[1], false))
	r.reports = r.own(os.NewFile(uintptr(pair[0]), "reports"))
	theirs := os.NewFile(uintptr(pair[1]), "reports of the program")
	defer theirs.Close()
	output, stdout, err := os.Pipe()
	r.must(err)
	r.output = r.own(output)
	defer stdout.Close()
	if o.Stdin == nil {
		o.Stdin, err = os.Open(os.DevNull)
		r.must(err)
		r.own(o.Stdin)
	}
	l := image.Launch{
		Program:    r.p,
		Inputs:     map[program.Input]*os.File{Report: theirs},
		Stdio:      [3]*os.File{o.Stdin, stdout, stdout},
		Cloneflags: o.Cloneflags,
	}
	r.proc, err = l.Start()
	r.must(err)
	r.result.Pid, r.running = r.proc.Pid, true
}

// follow waits for the end of the program: first of its reports, then of what
// it writes, then of itself.
func (r *run) follow() {
	r.t.Helper()
	deadline := time.Now().Add(patience)
	r.must(errors.Join(r.reports.SetDeadline(deadline), r.output.SetDeadline(deadline)))
	for r.receive() {
	}
	output, err := io.ReadAll(r.output)
	r.must(err)
	r.result.Output = string(output)
	r.result.Status = r.reap()
}

// receive takes the next message. One with descriptors is a request; another
// with a value is the pid of a child that goes on in the place of its parent.
func (r *run) receive() bool {
	r.t.Helper()
	var buf [program.ReportSize + 4]byte
	n, files, err := r.recvmsg(buf[:])
	if errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) {
		return false
	}
	r.must(err)
	step, errno := binary.NativeEndian.Uint32(buf[:]), unix.Errno(binary.NativeEndian.Uint32(buf[4:]))
	value := binary.NativeEndian.Uint32(buf[program.ReportSize:])
	switch {
	case errno != 0:
		r.result.Failure = failure(r.p.Origin(int(step)), errno)
	case len(files) > 0:
		return r.request(value, files)
	case n == len(buf):
		r.reap()
		r.result.Pid, r.running = int(value), true
	}
	return true
}

// recvmsg receives a message, until the deadline.
func (r *run) recvmsg(buf []byte) (n int, files []*os.File, err error) {
	conn, err := r.reports.SyscallConn()
	r.must(err)
	control, controlled := make([]byte, unix.CmsgSpace(2*4)), 0
	err2 := conn.Read(func(fd uintptr) bool {
		n, controlled, _, _, err = unix.Recvmsg(int(fd), buf, control, unix.MSG_CMSG_CLOEXEC)
		return err != unix.EAGAIN
	})
	if err == nil && n == 0 {
		err = io.EOF
	}
	messages, err3 := unix.ParseSocketControlMessage(control[:max(controlled, 0)])
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		r.must(err)
		for _, fd := range fds {
			files = append(files, r.own(os.NewFile(uintptr(fd), "descriptor of the program")))
		}
	}
	return n, files, errors.Join(err, err2, err3)
}

// request lets the program's request be answered. Without an answer the program
// ends.
func (r *run) request(number uint32, files []*os.File) bool {
	r.t.Helper()
	if r.answer == nil {
		r.result.Failure = "asks for help"
		r.must(r.reports.Close())
		return false
	}
	fd := int(r.reports.Fd())
	r.must(unix.SetNonblock(fd, false)) // as of a real creator
	err := r.answer(r.reports, r.p, number, files)
	r.must(errors.Join(err, unix.SetNonblock(fd, true)))
	return true
}

// failure is the text of an error at a step.
func failure(o program.Origin, errno unix.Errno) string {
	if o.Complete {
		return o.String()
	}
	return o.String() + ": " + errno.Error()
}

func (r *run) reap() (status unix.WaitStatus) {
	r.running = false
	for {
		if _, err := unix.Wait4(r.result.Pid, &status, 0, nil); err != unix.EINTR {
			return status
		}
	}
}

func (r *run) own(f *os.File) *os.File {
	r.files = append(r.files, f)
	return f
}

func (r *run) close() {
	for _, f := range r.files {
		f.Close()
	}
	if r.running {
		_ = unix.Kill(r.result.Pid, unix.SIGKILL)
		r.reap()
	}
	if r.proc != nil {
		r.proc.Close()
	}
}

func (r *run) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
