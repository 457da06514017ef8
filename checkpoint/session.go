package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"golang.org/x/sys/unix"
)

// Descriptors of CRIU's process.
const (
	socketNumber   = 3 // behind its standard streams
	firstInherited = 4
)

// maxMessage is the size of the largest message that is read. Those of CRIU
// have some tens of bytes.
const maxMessage = 16 << 10

// session is a process of CRIU that waits for a request.
type session struct {
	process *os.Process
	pidfd   *os.File
	conn    *os.File
	output  *os.File         // its stderr
	status  *os.ProcessState // when it has ended
}

// start starts CRIU by start, which gets its descriptors.
func (c *CRIU) start(stdin *os.File, inherited []descriptor, start starter) (*session, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	s := &session{conn: os.NewFile(uintptr(fds[0]), "criu")}
	theirs := os.NewFile(uintptr(fds[1]), "socket of criu")
	defer theirs.Close()
	if s.output, err = memfd("output of criu"); err == nil {
		files := []*os.File{stdin, s.output, s.output, theirs}
		for _, d := range inherited {
			files = append(files, d.File)
		}
		pidfd := -1
		attr := &os.ProcAttr{Files: files, Sys: &syscall.SysProcAttr{PidFD: &pidfd}}
		if s.process, err = start(c.path, []string{program, "swrk", strconv.Itoa(socketNumber)}, attr); err == nil {
			s.pidfd = os.NewFile(uintptr(pidfd), "pidfd of criu")
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// starter is [os.StartProcess], or does the same elsewhere.
type starter func(path string, argv []string, attr *os.ProcAttr) (*os.Process, error)

func memfd(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// end gives up the connection, which ends CRIU's process, and reaps that.
func (s *session) end() {
	s.conn.Close()
	if s.process != nil {
		s.status, _ = s.process.Wait()
		s.process = nil
	}
}

// close ends the session. A nil file may be closed, and any more than once.
func (s *session) close() {
	s.end()
	s.output.Close()
	s.pidfd.Close()
}

// ask sends a request and returns the answer, with the descriptors that came
// along.
func (s *session) ask(q *rpc.CriuReq) (*rpc.CriuResp, []*os.File, error) {
	data, err := q.MarshalVT()
	if err != nil {
		return nil, nil, fmt.Errorf("request: %w", err)
	}
	err = retry(func() error { return unix.Sendto(int(s.conn.Fd()), data, unix.MSG_NOSIGNAL, nil) })
	if err == unix.EPIPE {
		return nil, nil, errEnded
	}
	if err != nil {
		return nil, nil, fmt.Errorf("send the request: %w", err)
	}
	data, files, err := s.receive()
	if err != nil {
		return nil, nil, err
	}
	answer := new(rpc.CriuResp)
	if err := answer.UnmarshalVT(data); err != nil {
		closeAll(files)
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	return answer, files, nil
}

var errEnded = errors.New("it ended without an answer")

// receive returns the next message.
func (s *session) receive() ([]byte, []*os.File, error) {
	if err := s.await(); err != nil {
		return nil, nil, err
	}
	data, control := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4))
	var n, controlled, flags int
	err := retry(func() (err error) {
		n, controlled, flags, _, err = unix.Recvmsg(int(s.conn.Fd()), data, control, unix.MSG_CMSG_CLOEXEC)
		return err
	})
	switch {
	case err == unix.ECONNRESET || err == nil && n == 0:
		return nil, nil, errEnded
	case err != nil:
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	files, err := parseFiles(control[:controlled])
	if err == nil && flags&unix.MSG_TRUNC != 0 {
		closeAll(files)
		err = fmt.Errorf("read the answer: it has more than %d bytes", maxMessage)
	}
	return data[:n], files, err
}

// await waits for a message, or for the end of CRIU's process. When that was
// killed, processes that it has made may have the socket still.
func (s *session) await() error {
	fds := []unix.PollFd{{Fd: int32(s.conn.Fd()), Events: unix.POLLIN}, {Fd: int32(s.pidfd.Fd()), Events: unix.POLLIN}}
	err := retry(func() error {
		_, err := unix.Poll(fds, -1)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("wait for the answer: %w", err)
	case fds[0].Revents == 0:
		return errEnded
	}
	return nil
}

func parseFiles(control []byte) ([]*os.File, error) {
	if len(control) == 0 {
		return nil, nil
	}
	list, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, fmt.Errorf("read descriptors: %w", err)
	}
	var files []*os.File
	for i := range list {
		fds, err := unix.ParseUnixRights(&list[i])
		if err != nil {
			return files, fmt.Errorf("read descriptors: %w", err)
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "descriptor of criu"))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close() // of one that was taken: nil
	}
}

// retry calls f until no signal interrupts it.
func retry(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}

// askVersion asks CRIU for its version, which works on a kernel that nothing else
// works on.
func (c *CRIU) askVersion() (Version, error) {
	s, err := c.start(nil, nil, os.StartProcess)
	if err != nil {
		return Version{}, err
	}
	defer s.close()
	answer, files, err := s.ask(&rpc.CriuReq{Type: new(rpc.CriuReqType_VERSION)})
	closeAll(files)
	if err != nil {
		return Version{}, err
	}
	v := answer.GetVersion()
	return Version{int(v.GetMajorNumber()), int(v.GetMinorNumber()), int(v.GetSublevel())}, nil
}
