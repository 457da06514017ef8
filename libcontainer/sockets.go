package libcontainer

import (
	"context"
	"os"

	"github.com/oci-rt/rt/libcontainer/sdnotify"
	"github.com/oci-rt/rt/libcontainer/terminal"
)

// Sockets are the paths of sockets on which an engine listens for descriptors
// of a process, or "". Each gets one message with one descriptor.
type Sockets struct {
	Console string // for its terminal, if it has one
	Pidfd   string // for a pidfd of the process
}

// handover is what a creator passes on to an engine when it starts a process.
type handover struct {
	console, pidfd *terminal.Socket
	tty            *os.File // the terminal, until it is passed on
	proxy          *sdnotify.Proxy
}

// dial connects to the sockets, before anything is made, so that a wrong path
// costs nothing.
func (h *handover) dial(ctx context.Context, paths Sockets) (err error) {
	if h.console, err = terminal.Dial(ctx, paths.Console); err != nil {
		return &OptionError{Option: "Sockets.Console", Err: err}
	}
	if h.pidfd, err = terminal.Dial(ctx, paths.Pidfd); err != nil {
		return &OptionError{Option: "Sockets.Pidfd", Err: err}
	}
	return nil
}

func (h *handover) close() {
	h.console.Close()
	h.pidfd.Close()
	if h.tty != nil {
		h.tty.Close()
	}
	h.proxy.Close()
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
