package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/notify"
)

// allowMark in argument 5 exempts a system call from being faked.
const allowMark = 0x72742d74

// supervisor answers the system calls of an image.
type supervisor struct {
	process  *Process
	listener int
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
func (s *supervisor) next() (*notify.Call, error) {
	fds := []unix.PollFd{{Fd: int32(s.listener), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 10_000)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n == 0 || fds[0].Revents&unix.POLLIN == 0 {
			return nil, errors.New("the process makes no call")
		}
		call, err := notify.Receive(s.listener)
		return &call, err
	}
}

// expect checks that the next system call is this one, of that step.
func (s *supervisor) expect(t *testing.T, step int, nr uintptr, args [6]uint64) *notify.Call {
	t.Helper()
	call, err := s.next()
	if err != nil {
		t.Errorf("step %d: %v", step, err)
		return nil
	}
	want := fmt.Sprintf("%d%#x", nr, args)
	if got := fmt.Sprintf("%d%#x", call.Nr, call.Args); got != want {
		t.Errorf("step %d: call is %s, want %s", step, got, want)
	}
	return call
}

func (s *supervisor) answer(t *testing.T, call *notify.Call, result int64) {
	t.Helper()
	a := notify.Answer{ID: call.ID, Value: result}
	if err := a.Send(s.listener); err != nil {
		t.Errorf("answer: %v", err)
	}
}

// exit lets the process make its exit_group, if that is the call, and checks
// its status.
func (s *supervisor) exit(t *testing.T, call *notify.Call) {
	t.Helper()
	if call.Nr != unix.SYS_EXIT_GROUP {
		return
	}
	a := notify.Answer{ID: call.ID, Flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if err := a.Send(s.listener); err != nil {
		t.Errorf("let it exit: %v", err)
		return
	}
	status := wait(t, s.process.Pid)
	s.reaped = true
	if !status.Exited() || status.ExitStatus() != int(call.Args[0]&0xff) {
		t.Errorf("status is %#x after exit_group(%d)", status, call.Args[0])
	}
}

// compareMemory compares the data segment, the constant data and the progress
// word while the process waits in a system call.
func (s *supervisor) compareMemory(t *testing.T, r *reference, l *layout) {
	t.Helper()
	s.compareAt(t, "data segment", dataAddr, r.segment(l.data))
	for i, content := range r.data {
		s.compareAt(t, fmt.Sprint("datum ", i), l.addrs[i], content)
	}
	s.compareAt(t, "progress", progressAddr, binary.NativeEndian.AppendUint32(nil, r.progress))
}

func (s *supervisor) compareAt(t *testing.T, what string, addr uint64, want []byte) {
	t.Helper()
	got, err := readMemory(s.process.Pid, addr, len(want))
	if err != nil {
		t.Errorf("read %s: %v", what, err)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
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
