// Package helper is the creator's side of the requests of a program that builds
// a container: see [mount.Request].
//
// The helper finds out what must be done, and writes small programs that do it.
// The process that asked runs them in a child. So they run with that process's
// ids, capabilities, namespaces and cgroup, and the kernel checks every access
// as it checks those of the container's root. The creator receives only
// descriptors of the container's files, and follows nothing from them.
package helper

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// StepError is the failure of a helper program's step.
type StepError struct {
	Origin program.Origin
	Errno  unix.Errno
}

func (e *StepError) Error() string {
	if e.Origin.Complete {
		return e.Origin.String()
	}
	return e.Origin.String() + ": " + e.Errno.Error()
}

// Unwrap returns the errno.
func (e *StepError) Unwrap() error { return e.Errno }

// Answer does what a request asks for, and lets the asking process go on.
// origin is where the request comes from.
func Answer(conn *os.File, q mount.Request, origin program.Origin, files []*os.File) error {
	if len(files) != 2 {
		return fmt.Errorf("request with %d descriptors", len(files))
	}
	j := job{conn: conn, origin: origin, first: files[0], second: files[1]}
	var err error
	switch q.Kind {
	case mount.CopyUp:
		err = j.copyUp()
	default:
		err = j.makeTarget(q)
	}
	if err != nil {
		return err
	}
	return GoOn(conn)
}

// GoOn lets an asking process go on.
func GoOn(conn *os.File) error { return (&job{conn: conn}).send(answerGoOn, nil) }

// Answers to a request.
const (
	answerGoOn = 0
	answerRun  = 1
)

// job is a request that is being answered.
type job struct {
	conn          *os.File
	origin        program.Origin
	first, second *os.File
	kept          int // bytes of what programs sent, and of the paths in it
}

// maxKept bounds the memory that a request takes in the creator. Both the files
// and the process that lists them are the container's.
const maxKept = 64 << 20

// messageOverhead is about the memory that a kept message takes besides its
// bytes.
const messageOverhead = 40

// keep counts size bytes more that are kept until the request is done.
func (j *job) keep(size int) error {
	if j.kept += size; j.kept > maxKept {
		return fmt.Errorf("%s: list the files: more than %d MiB of names", j.origin, maxKept>>20)
	}
	return nil
}

// builder returns a builder for a program of the job, which has the origin of
// the request.
func (j *job) builder(doing string, args ...any) *inputs {
	b := program.NewBuilder("sync")
	fds := mount.HelperFDs()
	in := &inputs{Builder: b, first: b.Input(fds[0]), second: b.Input(fds[1])}
	b.At(j.origin.Path, j.origin.Subject)
	b.Doing(doing, args...)
	return in
}

// inputs is a builder with the descriptors of the request.
type inputs struct {
	*program.Builder
	first, second program.Arg
}

// run lets the asking process run a program and returns the messages that the
// program sent.
func (j *job) run(b *inputs) ([][]byte, error) {
	b.ExitGroup(0)
	p, err := b.Program()
	if err != nil {
		return nil, err
	}
	f, err := image.NewFile(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := j.send(answerRun, f); err != nil {
		return nil, err
	}
	return j.collect(p)
}

// collect receives messages until the process asks again.
//
// Another process of the container may have taken it over, so it may send
// anything.
func (j *job) collect(p *program.Program) (messages [][]byte, err error) {
	buf := make([]byte, maxMessage)
	for {
		n, files, recvErr := Receive(j.conn, buf, 0)
		if len(files) > 0 {
			linux.Close(files)
			return messages, err
		}
		if recvErr == nil {
			recvErr = j.keep(n + messageOverhead)
		}
		if recvErr != nil {
			return nil, recvErr
		}
		if r, ok := report(buf[:n]); ok && r.Errno != 0 {
			err = &StepError{Origin: p.Origin(int(r.Step)), Errno: r.Errno}
			continue
		}
		messages = append(messages, append([]byte(nil), buf[:n]...))
	}
}

// report decodes a message that has the size of a report.
func report(message []byte) (program.Report, bool) {
	if len(message) != program.ReportSize {
		return program.Report{}, false
	}
	return program.Report{
		Step:  binary.NativeEndian.Uint32(message),
		Errno: unix.Errno(binary.NativeEndian.Uint32(message[4:])),
	}, true
}

// send answers, with a file if there is one.
func (j *job) send(answer byte, f *os.File) error {
	_, err := linux.Send(j.conn, []byte{answer}, f)
	switch err {
	case nil:
		return nil
	case unix.EPIPE, unix.ECONNRESET:
		return ErrSilent
	}
	return fmt.Errorf("answer the init process: %w", err)
}
