package stdio

import (
	"errors"
	"time"
)

// Settle waits until what the process has written, which has ended, was read by whom
// it is for, and for so long at most. The engine hears of the end after that:
// containerd's client of 2.4 closes its fifos as soon as it does, read or not.
func (s *Streams) Settle(limit time.Duration) {
	const longest = 5 * time.Millisecond
	deadline := time.Now().Add(limit)
	for pause := 50 * time.Microsecond; !s.settled() && time.Now().Before(deadline); pause = min(2*pause, longest) {
		time.Sleep(pause)
	}
}

func (s *Streams) settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.outputs {
		if !p.passed() {
			return false
		}
	}
	for _, fd := range s.fifos {
		if unread(fd) > 0 {
			return false
		}
	}
	return true
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
