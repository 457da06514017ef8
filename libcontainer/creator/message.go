package creator

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/helper"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// valueSize is the size of a message that carries a value besides the step:
// two words as in a report and a third.
const valueSize = program.ReportSize + 4

// message is what the init sends: a report, and in some cases a value or
// descriptors. Its step says what it is about.
type message struct {
	program.Report
	value    uint32
	hasValue bool
	files    []*os.File
}

// receiveReport waits for the next report.
func receiveReport(conn *os.File) (program.Report, error) {
	m, err := receive(conn, 0)
	return m.reportOnly(), err
}

// reportOnly returns the report, and closes the descriptors, which nobody
// expected.
func (m message) reportOnly() program.Report {
	m.close()
	return m.Report
}

// close closes the descriptors that came along.
func (m message) close() { linux.Close(m.files) }

// receive receives the next message of the init. flags are those of recvmsg(2).
func receive(conn *os.File, flags int) (message, error) {
	var buf [valueSize + 1]byte
	n, files, err := helper.Receive(conn, buf[:], flags)
	if err != nil {
		return message{}, err
	}
	m := message{hasValue: n == valueSize, files: files}
	if n != program.ReportSize && n != valueSize {
		m.close()
		return message{}, fmt.Errorf("read report: %d bytes, want %d or %d", n, program.ReportSize, valueSize)
	}
	m.Step = binary.NativeEndian.Uint32(buf[:])
	m.Errno = unix.Errno(binary.NativeEndian.Uint32(buf[4:]))
	m.value = binary.NativeEndian.Uint32(buf[program.ReportSize:])
	return m, nil
}
