package boot

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// journal writes to the fifo that containerd copies into its own log. As a rule there
// is nothing to write.
type journal struct {
	mu    sync.Mutex
	fifo  *os.File // nil without one
	debug bool
}

// openJournal opens the fifo in the bundle. What nobody reads stays there as long as
// there is room: while containerd is away, the shim keeps the fifo itself.
func openJournal(debug bool) *journal {
	f, err := os.OpenFile("log", os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		f = nil
	}
	return &journal{fifo: f, debug: debug}
}

// warn writes what went wrong and is no request's failure.
func (j *journal) warn(err error) {
	if err != nil {
		j.line("warning", err.Error())
	}
}

// debugf returns what writes a debug message, or nil if nobody wants to hear it.
func (j *journal) debugf() func(format string, args ...any) {
	if !j.debug {
		return nil
	}
	return func(format string, args ...any) { j.line("debug", fmt.Sprintf(format, args...)) }
}

func (j *journal) line(level, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fifo == nil {
		return
	}
	_ = j.fifo.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = fmt.Fprintf(j.fifo, "time=%q level=%s msg=%q runtime=%s\n", time.Now().UTC().Format(time.RFC3339Nano), level, text, Name)
}
