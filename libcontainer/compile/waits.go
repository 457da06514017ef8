package compile

import (
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// Waits returns the steps at which the init waits for somebody, and what for.
func (p *Plan) Waits() map[int]string {
	waits := map[int]string{}
	for n := program.Entry; n < len(p.Program.Steps); n++ {
		switch nr, _ := p.Program.SystemCall(n); nr {
		case unix.SYS_ACCEPT4, program.Ppoll:
			waits[n] = "start"
		case unix.SYS_RECVMSG:
			waits[n] = "its creator's help"
		case unix.SYS_WAIT4:
			waits[n] = "the end of a helper"
		}
	}
	for _, ask := range p.Asks {
		if n := p.readBehind(ask.Step); ask.Kind.Waits() && n >= 0 {
			waits[n] = "its creator: it wants to " + ask.Kind.String()
		}
	}
	return waits
}

// readBehind returns the first step behind step n that reads, which is where an
// init waits that has asked at step n, or -1.
func (p *Plan) readBehind(n int) int {
	for n++; n < len(p.Program.Steps); n++ {
		if nr, ok := p.Program.SystemCall(n); ok && nr == unix.SYS_READ {
			return n
		}
	}
	return -1
}
