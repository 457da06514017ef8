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

// message is what the init sends: a report, and with some a value.
type message struct {
	program.Report
	value    uint64
	hasValue bool
}

// receive waits for the next report of the init.
func receive(conn *os.File) (program.Report, error) {
	m, err := receiveMessage(conn)
	return m.Report, err
}

// receiveMessage waits for the next message of the init.
func receiveMessage(conn *os.File) (message, error) {
	var buf [valueSize + 1]byte
	var n int
	err := retryEINTR(func() (err error) {
		n, err = unix.Read(int(conn.Fd()), buf[:])
		return err
	})
	switch {
	case err == unix.ECONNRESET || (err == nil && n == 0):
		return message{}, errSilent
	case err != nil:
		return message{}, fmt.Errorf("read report: %w", err)
	case n != program.ReportSize && n != valueSize:
		return message{}, fmt.Errorf("read report: %d bytes, want %d or %d", n, program.ReportSize, valueSize)
	}
	return message{
		Report: program.Report{
			Step:  binary.NativeEndian.Uint32(buf[:]),
			Errno: unix.Errno(binary.NativeEndian.Uint32(buf[4:])),
		},
		value:    binary.NativeEndian.Uint64(buf[program.ReportSize:]),
		hasValue: n == valueSize,
	}, nil
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
