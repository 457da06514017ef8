package stdio

import (
	"sync"

	"golang.org/x/sys/unix"
)

// rounds is how many times a pump reads before other pumps get their turn.
const rounds = 4

// pump copies from one descriptor to another. It owns both, and neither blocks. It holds
// bytes only while the output takes none.
type pump struct {
	loop *Loop
	// atEnd is called when there is nothing more to read, before out is closed. It
	// may be nil.
	atEnd func()
	// gone says what to do when nobody takes the bytes any more: stop, as for a process
	// that has closed its stdin, or discard them, so that a log that cannot be written
	// does not block the process.
	gone policy
	done chan struct{} // closed at the end

	mu      sync.Mutex
	in, out int
	reads   *Watch // while it waits for something to read
	writes  *Watch // while it waits for room to write
	pending []byte // read, but not written for lack of room
	lost    bool   // nobody takes the bytes any more
	ended   bool
}

type policy int

const (
	discard policy = iota
	stop
)

// startPump takes over both descriptors, even if it fails.
func startPump(l *Loop, in, out int, gone policy, atEnd func()) (*pump, error) {
	p := &pump{loop: l, in: in, out: out, gone: gone, atEnd: atEnd, done: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.awaitInput(); err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

func (p *pump) awaitInput() (err error) {
	if p.reads == nil {
		p.reads, err = p.loop.Watch(p.in, unix.EPOLLIN, p.ready)
	}
	return err
}

// awaitRoom waits for room in the output. It stops waiting for input, because epoll would
// report the input's end again and again.
func (p *pump) awaitRoom() (err error) {
	p.reads.Stop()
	p.reads = nil
	if p.writes == nil {
		p.writes, err = p.loop.Watch(p.out, unix.EPOLLOUT, p.ready)
	}
	return err
}

// ready is called by the loop when there is something to read, or room again.
func (p *pump) ready() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || !p.flush() {
		return
	}
	for range rounds {
		n, err := unix.Read(p.in, p.loop.buf[:])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case n <= 0: // a terminal's end is EIO
			p.finish()
			return
		}
		if !p.write(p.loop.buf[:n]) {
			return
		}
	}
}

// flush writes the pending bytes and reports whether the pump may read on.
func (p *pump) flush() bool {
	if len(p.pending) == 0 {
		return true
	}
	rest := p.pending
	p.pending = nil
	if !p.write(rest) {
		return false
	}
	p.writes.Stop()
	p.writes = nil
	if p.awaitInput() != nil {
		p.end()
	}
	return !p.ended
}

// write writes b. If there is no room it keeps the rest and waits for room. It reports
// whether the pump may read on.
func (p *pump) write(b []byte) bool {
	for len(b) > 0 && !p.lost {
		n, err := unix.Write(p.out, b)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			p.pending = append([]byte(nil), b...)
			if p.awaitRoom() != nil {
				p.end()
			}
			return false
		case err != nil && p.gone == stop:
			p.end()
			return false
		case err != nil:
			p.lost = true
		default:
			b = b[n:]
		}
	}
	return true
}

// finish ends the pump at the end of its input.
func (p *pump) finish() {
	if p.atEnd != nil {
		p.atEnd()
	}
	p.end()
}

// end closes both descriptors and stops waiting for them.
func (p *pump) end() {
	if p.ended {
		return
	}
	p.ended = true
	p.reads.Stop()
	p.writes.Stop()
	p.reads, p.writes, p.pending = nil, nil, nil
	_ = unix.Close(p.in)
	_ = unix.Close(p.out)
	close(p.done)
}

// Close ends the pump, even if there is more to read. A nil pump has ended.
func (p *pump) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
}

// input calls do with the descriptor that the pump reads, unless the pump has ended.
func (p *pump) input(do func(fd int) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil
	}
	return do(p.in)
}

// unread returns how many bytes were not passed on yet.
func (p *pump) unread() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return 0
	}
	return len(p.pending) + unread(p.in)
}

// unread returns how many bytes can be read from a descriptor now (FIONREAD, which is
// TIOCINQ: ioctl_tty(2)).
func unread(fd int) int {
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}
