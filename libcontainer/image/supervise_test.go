package image

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/notify"
)

// allowMark in argument 5 exempts a system call from being faked.
const allowMark = 0x72742d74

// supervisor answers the system calls of an image that this machine runs. It is
// a tracer.
type supervisor struct {
	process  *Process
	listener int
	pending  *notify.Call
	reaped   bool
}

// supervise starts p under a filter that asks the supervisor about every
// system call of the interpreter.
func supervise(t *testing.T, p *program.Program) *supervisor {
	t.Helper()
	f, err := newFile(p, true)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := f.memfd()
	if err != nil {
		t.Fatal(err)
	}
	image := os.NewFile(uintptr(fd), imageName)
	defer image.Close()
	ours, theirs := socketpair(t)
	defer ours.Close()
	defer theirs.Close()
	l := &Launch{
		Program:  tracee(t),
		Inputs:   map[program.Input]*os.File{"sock": theirs, "image": image},
		Stdio:    [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
		Readable: true,
	}
	process, err := l.Start()
	if err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	s := &supervisor{process: process, listener: -1}
	if s.listener, err = receiveDescriptor(ours); err != nil {
		s.end(t)
		t.Fatal("receive the seccomp listener:", err)
	}
	return s
}

// tracee is the program that becomes the supervised image: it installs the
// filter, sends the listener and executes the image. It is an image itself,
// so its own calls carry the mark that the filter lets through.
func tracee(t *testing.T) *program.Program {
	t.Helper()
	b := program.NewBuilder("sock")
	image := b.Input("image")
	b.Prctl(unix.PR_SET_NO_NEW_PRIVS, program.Imm(1))
	filter := fakeFilter()
	listener := b.SeccompFilter(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, filter).Result("listener")

	control := b.Buffer(program.CmsgSpace(1))
	b.StoreRights(control, 1)
	b.Store(control.At(program.CmsgDataOff), listener)
	message := b.Msghdr(b.Iovec(b.String("x"), 1), control, program.CmsgSpace(1))
	mark := program.Imm(allowMark)
	null := program.Null
	b.Call(unix.SYS_SENDMSG, program.ReportSlot.Arg(), message, null, null, null, mark)
	b.Call(unix.SYS_EXECVEAT, image, b.String(""), b.Strings([]string{argv0}), b.Pointers(),
		program.Imm(unix.AT_EMPTY_PATH), mark)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fakeFilter is the BPF program that asks about the calls that come from the
// interpreter and have no mark. The interpreter ends before the steps. The upper
// halves of words, which are zero in an address, are not looked at.
func fakeFilter() []unix.SockFilter {
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		least = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		ret   = unix.BPF_RET | unix.BPF_K
		low   = uint32(program.FirstByte >> 24 * 4) // offset of the lower half of a word
		ip    = 8 + low                             // offset in struct seccomp_data
		arg5  = 16 + 8*5 + low                      // offset in struct seccomp_data
	)
	return []unix.SockFilter{
		{Code: load, K: ip},
		{Code: least, K: textAddr + codeOff, Jf: 4},
		{Code: least, K: textAddr + stepsOff, Jt: 3},
		{Code: load, K: arg5},
		{Code: equal, K: allowMark, Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
	}
}

// next waits for the next system call.
func (s *supervisor) next() (nr uintptr, args [6]uint64, err error) {
	fds := []unix.PollFd{{Fd: int32(s.listener), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 10_000)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, args, err
		}
		if n == 0 || fds[0].Revents&unix.POLLIN == 0 {
			return 0, args, errors.New("the process makes no call")
		}
		call, err := notify.Receive(s.listener)
		s.pending = &call
		return uintptr(call.Nr), call.Args, err
	}
}

func (s *supervisor) answer(result int64) error {
	a := notify.Answer{ID: s.pending.ID, Value: result}
	return a.Send(s.listener)
}

func (s *supervisor) exit(t *testing.T) (status int, err error) {
	a := notify.Answer{ID: s.pending.ID, Flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if err := a.Send(s.listener); err != nil {
		return 0, err
	}
	w := wait(t, s.process.Pid)
	s.reaped = true
	return w.ExitStatus(), nil // -1 if it was killed
}

func (s *supervisor) memory(addr uint64, size int) ([]byte, error) {
	return readMemory(s.process.Pid, addr, size)
}

// end kills and reaps the process.
func (s *supervisor) end(t *testing.T) {
	if !s.reaped {
		unix.Kill(s.process.Pid, unix.SIGKILL)
		wait(t, s.process.Pid)
	}
	s.process.Close()
	if s.listener >= 0 {
		unix.Close(s.listener)
	}
}

// socketpair returns two connected sockets. Reading from ours ends after a
// while, so that no test hangs.
func socketpair(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	timeout := unix.Timeval{Sec: 10}
	if err := unix.SetsockoptTimeval(fds[0], unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
}

// receiveDescriptor receives one descriptor.
func receiveDescriptor(sock *os.File) (int, error) {
	data, control := make([]byte, 64), make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := unix.Recvmsg(int(sock.Fd()), data, control, unix.MSG_CMSG_CLOEXEC)
	for err == unix.EINTR { // the Go runtime preempts by signals
		n, oobn, _, _, err = unix.Recvmsg(int(sock.Fd()), data, control, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil {
		return -1, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:oobn])
	if err != nil {
		return -1, err
	}
	if len(messages) != 1 {
		return -1, fmt.Errorf("message %x has no descriptor", data[:n])
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return -1, err
	}
	return fds[0], nil
}
