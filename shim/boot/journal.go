package boot

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// journal writes to the fifo that containerd copies into its own log.
type journal struct {
	mu    sync.Mutex
	fifo  *os.File // nil without one
	debug bool
}

// openJournal opens the fifo in the bundle, for reading too: so the fifo keeps unread
// lines while containerd is away, as long as there is room.
func openJournal(debug bool) *journal {
	f, err := os.OpenFile("log", os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		f = nil
	}
	return &journal{fifo: f, debug: debug}
}

// warn writes an error that no request can return.
func (j *journal) warn(err error) {
	if err != nil {
		j.line("warning", err.Error())
	}
}

// debugf returns a function that writes debug messages, or nil without debug.
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
