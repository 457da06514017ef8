package stdio

import (
	"errors"
	"time"
)

// Settle waits until what the process has written, which has ended, was read by whom
// it is for, but not when nobody reads on for so long. The engine hears of the end
// after that: containerd's client of 2.4 closes its fifos as soon as it does, read or
// not.
func (s *Streams) Settle(patience time.Duration) {
	const longest = 5 * time.Millisecond
	deadline := time.Now().Add(patience)
	last := s.unread()
	for pause := 50 * time.Microsecond; last > 0 && time.Now().Before(deadline); pause = min(2*pause, longest) {
		time.Sleep(pause)
		left := s.unread()
		if left != last {
			deadline = time.Now().Add(patience)
		}
		last = left
	}
}

// unread is how much is on its way.
func (s *Streams) unread() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, p := range s.outputs {
		n += p.unread()
	}
	for _, fd := range s.fifos {
		n += unread(fd)
	}
	return n
}

// errUndrained is what a process leaves behind that holds its streams open.
var errUndrained = errors.New("a process that was left behind still holds the output open")

// Drain waits until everything was passed on that the process has written. A process
// that it has left behind may hold its output open for ever, so there is a limit.
func (s *Streams) Drain(limit time.Duration) error {
	s.mu.Lock()
	outputs := s.outputs
	s.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for _, p := range outputs {
		select {
		case <-p.done:
		case <-timer.C:
			return errUndrained
		}
	}
	return nil
}

// Close gives everything back.
func (s *Streams) Close() {
	s.Passed()
	s.CloseStdin()
	s.mu.Lock()
	s.stdin.Close()
	for _, p := range s.outputs {
		p.Close()
	}
	for _, fd := range s.fifos {
		closeFD(fd)
	}
	s.fifos = nil
	log := s.log
	s.log = nil
	s.mu.Unlock()
	log.end()
}
