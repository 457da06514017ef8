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

// receive waits for the next report of the init.
func receive(conn *os.File) (program.Report, error) {
	r, _, err := receiveValue(conn)
	return r, err
}

// receiveValue waits for the next message of the init, which may carry a
// value.
func receiveValue(conn *os.File) (program.Report, uint64, error) {
	var buf [valueSize + 1]byte
	var n int
	err := retryEINTR(func() (err error) {
		n, err = unix.Read(int(conn.Fd()), buf[:])
		return err
	})
	switch {
	case err == unix.ECONNRESET || (err == nil && n == 0):
		return program.Report{}, 0, errSilent
	case err != nil:
		return program.Report{}, 0, fmt.Errorf("read report: %w", err)
	case n != program.ReportSize && n != valueSize:
		return program.Report{}, 0, fmt.Errorf("read report: %d bytes, want %d or %d", n, program.ReportSize, valueSize)
	}
	r := program.Report{
		Step:  binary.NativeEndian.Uint32(buf[:]),
		Errno: unix.Errno(binary.NativeEndian.Uint32(buf[4:])),
	}
	return r, binary.NativeEndian.Uint64(buf[program.ReportSize:]), nil
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
