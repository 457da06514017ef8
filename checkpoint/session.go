package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"github.com/oci-rt/rt/internal/linux"
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
func (c *CRIU) start(stdin *os.File, inherited []descriptor, start startFunc) (*session, error) {
	ours, theirs, err := linux.Socketpair("criu", "socket of criu")
	if err != nil {
		return nil, err
	}
	s := &session{conn: ours}
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

// startFunc is [os.StartProcess], or does the same in other namespaces.
type startFunc func(path string, argv []string, attr *os.ProcAttr) (*os.Process, error)

func memfd(name string) (*os.File, error) {
	fd, _, err := linux.Memfd(name, unix.MFD_NOEXEC_SEAL)
	if err != nil {
		return nil, err
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
// along. If ctx ends before, CRIU goes on.
func (s *session) ask(ctx context.Context, q *rpc.CriuReq) (*rpc.CriuResp, []*os.File, error) {
	data, err := q.MarshalVT()
	if err != nil {
		return nil, nil, fmt.Errorf("request: %w", err)
	}
	_, err = linux.Send(s.conn, data, nil)
	if err == unix.EPIPE {
		return nil, nil, errEnded
	}
	if err != nil {
		return nil, nil, fmt.Errorf("send the request: %w", err)
	}
	return s.receive(ctx)
}

var errEnded = errors.New("it ended without an answer")

// receive returns the next message of CRIU.
func (s *session) receive(ctx context.Context) (*rpc.CriuResp, []*os.File, error) {
	if err := s.await(ctx); err != nil {
		return nil, nil, err
	}
	data := make([]byte, maxMessage)
	n, files, err := linux.Receive(s.conn, data, 1, "descriptor of criu", 0)
	switch {
	case err == unix.ECONNRESET || err == nil && n == 0:
		linux.Close(files)
		return nil, nil, errEnded
	case err != nil:
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	answer := new(rpc.CriuResp)
	if err := answer.UnmarshalVT(data[:n]); err != nil {
		linux.Close(files)
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	return answer, files, nil
}

// await waits for a message, or for the end of CRIU's process. When that was
// killed, processes that it has made may have the socket still.
func (s *session) await(ctx context.Context) error {
	fds := []unix.PollFd{{Fd: int32(s.conn.Fd()), Events: unix.POLLIN}, {Fd: int32(s.pidfd.Fd()), Events: unix.POLLIN}}
	if _, err := linux.PollUntil(ctx, fds, -1); err != nil {
		return fmt.Errorf("wait for an answer of criu: %w", err)
	}
	if fds[0].Revents == 0 {
		return errEnded
	}
	return nil
}

// askVersion asks CRIU for its version, which works on a kernel that nothing else
// works on.
func (c *CRIU) askVersion(ctx context.Context) (Version, error) {
	s, err := c.start(nil, nil, os.StartProcess)
	if err != nil {
		return Version{}, err
	}
	defer s.close()
	answer, files, err := s.ask(ctx, &rpc.CriuReq{Type: new(rpc.CriuReqType_VERSION)})
	linux.Close(files)
	if err != nil {
		_ = s.process.Kill()
		return Version{}, err
	}
	v := answer.GetVersion()
	return Version{int(v.GetMajorNumber()), int(v.GetMinorNumber()), int(v.GetSublevel())}, nil
}
