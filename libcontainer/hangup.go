package libcontainer

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// HungUp ends a process that the end of its terminal should have ended. The kernel
// sends it SIGHUP, which ends a process by default, but not the first process of a pid
// namespace: that gets no signal for which it has no action (pid_namespaces(7)), and
// would run on unseen.
//
// A process that handles, blocks or ignores SIGHUP does so for a purpose. The
// others have a second to end because they cannot write any more.
func (p *Process) HungUp() error {
	if err := p.awaitAtMost(time.Second); err != nil {
		return err
	}
	status, err := linux.ReadFile("/proc/" + strconv.Itoa(p.Pid()) + "/status")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return nil // it has ended
	}
	if err != nil || !deafToHangUp(status) {
		return err
	}
	return p.Signal(unix.SIGKILL)
}

// awaitAtMost waits for the end of the process, but no longer than d. It does not reap
// it, and may be called while another goroutine is in Wait.
func (p *Process) awaitAtMost(d time.Duration) error {
	conn, err := p.pidfd.SyscallConn()
	if err != nil {
		return err
	}
	_ = conn.Control(func(fd uintptr) { // not after the end
		_, err = linux.Readable(int(fd), d)
	})
	return os.NewSyscallError("poll", err)
}

// deafToHangUp reports, from proc_pid_status(5), whether a process is the first
// of its pid namespace and has no action for SIGHUP.
func deafToHangUp(status []byte) bool {
	first := false
	for line := range bytes.Lines(status) {
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(":\t"))
		switch string(name) {
		case "NSpid": // in each namespace, the innermost last
			first = bytes.HasSuffix(value, []byte("\t1"))
		case "SigBlk", "SigIgn", "SigCgt":
			set, err := strconv.ParseUint(string(value), 16, 64)
			if err != nil || set>>(unix.SIGHUP-1)&1 != 0 {
				return false
			}
		}
	}
	return first
}
