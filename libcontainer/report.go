package libcontainer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// errSilent: the other end of the socket is closed. The init closes it by
// executing the container's program or by ending.
var errSilent = errors.New("the init process ended without a report")

// valueSize is the size of a message that carries a value besides the step:
// two 32-bit words as in a report and one 64-bit word.
const valueSize = program.ReportSize + 8

// message is what the init sends: a report, and with some a value or a
// descriptor.
type message struct {
	program.Report
	value    uint64
	hasValue bool
	file     *os.File // or nil
}

// receive waits for the next report of the init.
func receive(conn *os.File) (program.Report, error) {
	m, err := receiveMessage(conn, 0)
	return m.reportOnly(), err
}

// reportOnly returns the report, and closes what nobody expected.
func (m message) reportOnly() program.Report {
	if m.file != nil {
		m.file.Close()
	}
	return m.Report
}

// receiveMessage receives the next message of the init. flags are those of
// recvmsg(2).
func receiveMessage(conn *os.File, flags int) (message, error) {
	var buf [valueSize + 1]byte
	oob := make([]byte, unix.CmsgSpace(4)) // room for one descriptor
	var n, oobn int
	err := retryEINTR(func() (err error) {
		n, oobn, _, _, err = unix.Recvmsg(int(conn.Fd()), buf[:], oob, flags|unix.MSG_CMSG_CLOEXEC)
		return err
	})
	switch {
	case err == unix.ECONNRESET || (err == nil && n == 0):
		return message{}, errSilent
	case err != nil:
		return message{}, fmt.Errorf("read report: %w", err)
	}
	m := message{hasValue: n == valueSize, file: passedFile(oob[:oobn])}
	if n != program.ReportSize && n != valueSize {
		m.reportOnly()
		return message{}, fmt.Errorf("read report: %d bytes, want %d or %d", n, program.ReportSize, valueSize)
	}
	m.Step = binary.NativeEndian.Uint32(buf[:])
	m.Errno = unix.Errno(binary.NativeEndian.Uint32(buf[4:]))
	m.value = binary.NativeEndian.Uint64(buf[program.ReportSize:])
	return m, nil
}

// passedFile returns the descriptor in a control message, or nil.
func passedFile(oob []byte) *os.File {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) == 0 {
		return nil
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return nil
	}
	return os.NewFile(uintptr(fds[0]), "passed descriptor")
}

// retryEINTR calls f until no signal interrupts it: the Go runtime sends
// SIGURG to its own threads at any time.
func retryEINTR(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
