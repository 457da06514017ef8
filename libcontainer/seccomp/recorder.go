package seccomp

import (
	"fmt"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Recorder takes down which system calls the processes behind a filter of
// [Recording] make. It has the kernel make each of them: it decides nothing, and
// confines nobody (seccomp_unotify(2)).
type Recorder struct {
	machine string
	special map[call]special // calls of which an argument counts
	// The machine's own calls.
	execve, capset call

	mu     sync.Mutex // for what follows
	begun  bool       // the init executes the program
	calls  map[call]bool
	failed error
}

// call is a system call that was made, with the argument that counts.
type call struct {
	arch uint32 // seccomp_data.arch
	nr   uint32
	arg  uint64
}

// special says which argument of a call counts, and which of its bits.
type special struct {
	arg  int
	mask uint64
}

// NewRecorder returns a recorder for the kernel of a machine, named as in GOARCH.
func NewRecorder(machine string) *Recorder {
	all := ofMachine(machine)
	r := &Recorder{machine: machine, special: map[call]special{}, calls: map[call]bool{}}
	r.execve, r.capset = all[0].call("execve"), all[0].call("capset")
	for _, a := range all {
		for _, c := range compared(machine) {
			if nr, ok := a.number(findSyscall(c.name)); ok {
				r.special[call{a.audit, nr, 0}] = special{c.arg, c.mask & a.mask()}
			}
		}
	}
	return r
}

// call returns a call of this architecture, which has it.
func (a *arch) call(name string) call {
	nr, _ := a.number(findSyscall(name))
	return call{a.audit, nr, 0}
}

// Listen takes down the calls of the processes whose filter has this listener,
// until the last of them has ended, and closes it. It does not wait for that.
func (r *Recorder) Listen(listener *os.File) error {
	if !isListener(listener) {
		listener.Close()
		return fmt.Errorf("the init process sent a descriptor that is not the listener of a filter")
	}
	go func() {
		// Each call of the container waits for this.
		runtime.LockOSThread()
		defer listener.Close()
		if err := r.serve(int(listener.Fd())); err != nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.failed = err
		}
	}()
	return nil
}

// serve lets every call run and takes it down, until there is no process any more
// that the filter belongs to (POLLHUP, Linux 5.9).
func (r *Recorder) serve(listener int) error {
	// The thread that is woken runs on the CPU of the one that wakes it, because
	// that waits for it (Linux 6.6). An older kernel refuses that.
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS, unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
	poll := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(poll, -1); err != nil && err != unix.EINTR {
			return fmt.Errorf("wait for system calls: %w", err)
		}
		switch {
		case poll[0].Revents&unix.POLLIN != 0:
			if err := r.one(listener); err != nil {
				return err
			}
		case poll[0].Revents != 0:
			return nil
		}
	}
}

// one takes down the next call and lets it run. A process that was killed, or
// whose call was interrupted, is not there any more (ENOENT).
func (r *Recorder) one(listener int) error {
	n, err := receive(listener)
	if err == unix.ENOENT || err == unix.EINTR {
		return nil
	}
	if err != nil {
		return fmt.Errorf("receive a system call: %w", err)
	}
	r.note(&n)
	for {
		err := letRun(listener, n.id)
		switch err {
		case nil, unix.ENOENT:
			return nil
		case unix.EINTR:
			continue
		}
		return fmt.Errorf("let a system call run: %w", err)
	}
}

// note takes a call down. What the init does before it executes the program it
// does not do behind a filter of the configuration, except that it gives up
// CAP_SYS_ADMIN.
func (r *Recorder) note(n *notification) {
	c := call{n.arch, uint32(n.nr), 0}
	if s, ok := r.special[c]; ok {
		c.arg = n.args[s.arg] & s.mask
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = r.begun || c == r.execve
	if r.begun || c == r.capset {
		r.calls[c] = true
	}
}

// Err returns why not everything was taken down, or nil.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
