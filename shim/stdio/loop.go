// Package stdio connects the streams of containers with those that an engine
// names: fifos, files, and programs that log.
//
// The container gets pipes or a terminal, and what comes out of them is copied. It
// does not get the engine's fifos themselves: a process that the container leaves
// behind would hold them open for ever, and the reader would wait for it.
package stdio

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Loop waits for the descriptors of all streams in one epoll instance. The Go
// runtime's poller waits for that instance. So an idle stream costs neither a
// goroutine nor a buffer, and the loop costs no thread.
type Loop struct {
	epoll *os.File
	buf   [32 << 10]byte // for the function that the loop calls

	mu    sync.Mutex
	last  int32
	calls map[int32]func()
}

// NewLoop returns a loop that runs until it is closed.
func NewLoop() (*Loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// The os package hands nothing else to the runtime's poller.
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	l := &Loop{epoll: os.NewFile(uintptr(fd), "epoll"), calls: map[int32]func(){}}
	conn, err := l.epoll.SyscallConn()
	if err != nil {
		return nil, err
	}
	go func() { _ = conn.Read(l.dispatch) }()
	return l, nil
}

// Close ends the loop. What it watched is watched no more.
func (l *Loop) Close() { l.epoll.Close() }

// dispatch calls the functions of all descriptors that have events, until there are
// no more events. It always returns false, so that it is called again.
func (l *Loop) dispatch(epoll uintptr) (done bool) {
	var events [16]unix.EpollEvent
	for {
		n, err := unix.EpollWait(int(epoll), events[:], 0)
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			return false
		}
		for _, e := range events[:n] {
			if call := l.find(e.Fd); call != nil {
				call()
			}
		}
	}
}

func (l *Loop) find(id int32) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[id]
}

// Watch is a descriptor that a loop waits for.
type Watch struct {
	loop *Loop
	fd   int
	id   int32
}

// Watch calls ready, in the loop's goroutine, as long as fd has one of these
// events. After Stop, ready may be called once more.
func (l *Loop) Watch(fd int, events uint32, ready func()) (*Watch, error) {
	l.mu.Lock()
	l.last++
	w := &Watch{loop: l, fd: fd, id: l.last} // not fd, because the kernel gives the number of a closed descriptor to a new one
	l.calls[w.id] = ready
	l.mu.Unlock()
	conn, err := l.epoll.SyscallConn()
	if err != nil {
		return nil, err
	}
	var ctlErr error
	err = conn.Control(func(epoll uintptr) {
		ctlErr = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: w.id})
	})
	if err == nil {
		err = ctlErr
	}
	if err != nil {
		l.forget(w.id)
		return nil, fmt.Errorf("watch descriptor %d: %w", fd, err)
	}
	return w, nil
}

func (l *Loop) forget(id int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.calls, id)
}

// Stop ends the watch. The descriptor must still be open. A nil Watch does nothing.
func (w *Watch) Stop() {
	if w == nil {
		return
	}
	w.loop.forget(w.id)
	conn, err := w.loop.epoll.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Control(func(epoll uintptr) { _ = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_DEL, w.fd, nil) })
}
