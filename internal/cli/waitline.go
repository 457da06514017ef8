package cli

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/oci-rt/rt/internal/term"
)

// How long a command waits before it says for what, and how often it says how long
// it has waited.
const (
	waitSilence = 500 * time.Millisecond
	waitPeriod  = time.Second
)

// waitLine is rt's stderr. On a terminal, its last line says what a command waits for,
// if that takes long. It is written again and again, and cleared before anything else
// is written. A terminal that cannot do that gets the line once.
type waitLine struct {
	file   *os.File
	screen func() term.Output
	mutex  sync.Mutex // for what follows
	what   string     // is waited for, or ""
	since  time.Time
	timer  *time.Timer
	shown  bool // the line is on the screen
}

func newWaitLine(file *os.File) *waitLine {
	return &waitLine{file: file, screen: func() term.Output { return term.Of(file) }}
}

// Write writes what a command says of itself.
func (l *waitLine) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.clear()
	return l.file.Write(p)
}

// wait is told what the command waits for: see [waiting.Tell].
func (l *waitLine) wait(what string) (over func()) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	before := l.what
	l.what = what
	if before == "" {
		l.since = time.Now()
		l.timer = time.AfterFunc(waitSilence, l.tick)
	}
	return func() {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		if l.what = before; before == "" {
			l.timer.Stop()
			l.clear()
		}
	}
}

// tick shows the line.
func (l *waitLine) tick() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	screen := l.screen()
	if l.what == "" || !screen.Terminal {
		return
	}
	text := "rt: waiting for " + term.Printable(l.what)
	if !screen.Escapes {
		fmt.Fprintln(l.file, text)
		return
	}
	if s := int(time.Since(l.since).Seconds()); s > 0 {
		text += fmt.Sprintf(" (%d s)", s)
	}
	if r := []rune(text); screen.Width > 0 && len(r) >= screen.Width {
		text = string(r[:screen.Width-1]) // a full line may wrap
	}
	fmt.Fprintf(l.file, "\r%s\x1b[K", text)
	l.shown = true
	l.timer.Reset(waitPeriod)
}

// clear removes the line from the screen.
func (l *waitLine) clear() {
	if l.shown {
		fmt.Fprint(l.file, "\r\x1b[K")
		l.shown = false
	}
}
