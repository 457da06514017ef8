package stdio

import (
	"errors"
	"time"
)

// Settle waits until the output of a process that has ended was read. It gives up
// when nobody reads any of it for as long as patience. The engine is told of the end
// only afterwards, because containerd's client of 2.4 then closes its fifos at once,
// even with unread output in them.
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

// unread returns how many bytes of output were not read yet.
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

// errUndrained: a process that was left behind holds the streams open.
var errUndrained = errors.New("a process that was left behind still holds the output open")

// Drain waits until all output of the process was passed on. There is a limit,
// because a process that was left behind may hold the output open for ever.
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

// Close closes all descriptors and ends the program that logs.
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
