package libcontainer

import (
	"errors"
	"os"

	"github.com/oci-rt/rt/libcontainer/sdnotify"
	"github.com/oci-rt/rt/libcontainer/terminal"
)

// Sockets are the paths of sockets that an engine listens on for descriptors
// of a process, or "". Each gets one message with one descriptor.
type Sockets struct {
	Console string // of its terminal, if it has one (--console-socket)
	Pidfd   string // of the process itself (--pidfd-socket)
}

// handover is what a creator passes on of a process that it starts.
type handover struct {
	console, pidfd *terminal.Socket
	tty            *os.File // the terminal, while it is here
	proxy          *sdnotify.Proxy
}

// dial connects to the sockets, before anything is made: a wrong path costs
// nothing then.
func (h *handover) dial(paths Sockets) (err error) {
	if h.console, err = terminal.Dial("--console-socket", paths.Console); err != nil {
		return err
	}
	h.pidfd, err = terminal.Dial("--pidfd-socket", paths.Pidfd)
	return err
}

func (h *handover) close() {
	h.console.Close()
	h.pidfd.Close()
	if h.tty != nil {
		h.tty.Close()
	}
	h.proxy.Close()
}

// awaitsTerminal reports whether the init has to send a terminal yet.
func (s *starter) awaitsTerminal() bool { return s.process.Terminal && s.handover.tty == nil }

// takeTerminal takes the terminal that the init has made from its message, and
// passes it on to who wants it.
func (s *starter) takeTerminal(m message) error {
	if !s.awaitsTerminal() || len(m.files) != 1 || !terminal.IsMaster(m.files[0]) {
		m.reportOnly()
		return errors.New("process.terminal: the init process sent a descriptor that is not the one terminal of its process")
	}
	s.handover.tty = m.files[0]
	defer s.handover.console.Close()
	return s.handover.console.Send("/dev/ptmx", s.handover.tty)
}

// sendPidfd passes the process on to who wants it.
func (s *starter) sendPidfd() error {
	if s.handover.pidfd == nil {
		return nil
	}
	fd, err := s.init.pidfd()
	if err != nil {
		return err
	}
	defer fd.Close()
	defer s.handover.pidfd.Close()
	return s.handover.pidfd.Send("pidfd", fd)
}

// terminal returns the terminal if it was not passed on. The caller owns it.
func (h *handover) terminal() *os.File {
	if h.console != nil {
		return nil
	}
	tty := h.tty
	h.tty = nil
	return tty
}
