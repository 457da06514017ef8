package cli

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The real-time signals as C libraries number them: they keep the first two
// for themselves (signal(7)).
const (
	sigRTMin = 34
	sigRTMax = 64
)

// parseSignal reads a signal as kill(1) does: a number, a name with or
// without SIG in any case, RTMIN+n or RTMAX-n.
func parseSignal(text string) (unix.Signal, error) {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 0 || n > sigRTMax {
			return 0, fmt.Errorf("signal %d: want a number from 0 to %d", n, sigRTMax)
		}
		return unix.Signal(n), nil
	}
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if n := unix.SignalNum("SIG" + name); n != 0 {
		return n, nil
	}
	if n, ok := realTimeSignal(name); ok {
		return n, nil
	}
	return 0, fmt.Errorf("signal %q is unknown (want a number, a name like TERM or SIGTERM, or RTMIN+n)", text)
}

func realTimeSignal(name string) (unix.Signal, bool) {
	base := sigRTMin
	offset, ok := strings.CutPrefix(name, "RTMIN")
	if !ok {
		base = sigRTMax
		if offset, ok = strings.CutPrefix(name, "RTMAX"); !ok {
			return 0, false
		}
	}
	if offset == "" {
		return unix.Signal(base), true
	}
	n, err := strconv.Atoi(offset)
	signed := offset[0] == '+' || offset[0] == '-'
	if n += base; err != nil || !signed || n < sigRTMin || n > sigRTMax {
		return 0, false
	}
	return unix.Signal(n), true
}
