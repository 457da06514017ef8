package netdevice

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// conn is an rtnetlink(7) socket. It belongs to the network namespace in which
// it was made, wherever the process goes.
type conn struct {
	fd       int
	sequence uint32
}

// dial connects to the network namespace of the calling thread.
func dial() (*conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("netlink socket: %w", err)
	}
	// The kernel's own explanations (Linux 4.12), and errors without a copy of
	// the request (4.3). A kernel without them only says less.
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1)
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)
	return &conn{fd: fd}, nil
}

// dialIn connects to another network namespace.
func dialIn(namespace *os.File) (c *conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err = visit(namespace)
	}()
	<-done
	return c, err
}

// visit makes a connection in a network namespace that the calling thread
// enters for as long as that takes.
//
// Preconditions: the goroutine ends with this call. If the thread cannot get
// back, it stays locked and ends too, so that nothing else ever runs on it.
func visit(namespace *os.File) (*conn, error) {
	runtime.LockOSThread()
	home, err := openOwnNamespace()
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer home.Close()
	if err := unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("enter the container's network namespace: %w", err)
	}
	c, err := dial()
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return c, err
}

// openOwnNamespace opens the network namespace of the calling thread.
func openOwnNamespace() (*os.File, error) {
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, fmt.Errorf("own network namespace: %w", err)
	}
	return f, nil
}

func (c *conn) close() { _ = unix.Close(c.fd) }

// refusal is the kernel's answer to a request that it did not carry out.
type refusal struct {
	errno       unix.Errno
	explanation string // the kernel's (NLMSGERR_ATTR_MSG), or ""
}

// Error returns the errno's text and the kernel's explanation.
func (r *refusal) Error() string {
	if r.explanation == "" {
		return r.errno.Error()
	}
	return r.errno.Error() + " (kernel: " + r.explanation + ")"
}

// Unwrap returns the errno.
func (r *refusal) Unwrap() error { return r.errno }

// do sends a request and waits until the kernel has carried it out.
func (c *conn) do(r *request) error {
	r.flags |= unix.NLM_F_ACK
	return c.talk(r, func(message) error { return nil })
}

// ask sends a request and returns the one message that answers it.
func (c *conn) ask(r *request) (message, error) {
	var answer *message
	r.flags |= unix.NLM_F_ACK
	err := c.talk(r, func(m message) error {
		answer = &m
		return nil
	})
	switch {
	case err != nil:
		return message{}, err
	case answer == nil:
		return message{}, errors.New("netlink: no answer")
	}
	return *answer, nil
}

// errChanged: a list changed while the kernel was sending it.
var errChanged = errors.New("netlink: the list keeps changing")

// list sends a request for a list and calls each with the entries. If the list
// changes meanwhile, it begins again after a call of reset.
func (c *conn) list(r *request, reset func(), each func(message) error) error {
	r.flags |= unix.NLM_F_DUMP
	err := errChanged
	for range 10 {
		reset()
		if err = c.talk(r, each); !errors.Is(err, errChanged) {
			break
		}
	}
	return err
}

// talk sends a request and calls each with the messages that answer it, up to
// the one that ends the answer.
func (c *conn) talk(r *request, each func(message) error) error {
	c.sequence++
	err := linux.RetryEINTR(func() error {
		return unix.Sendto(c.fd, r.encode(c.sequence), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	})
	if err != nil {
		return fmt.Errorf("netlink: send: %w", err)
	}
	var answer answer
	for !answer.ended {
		packet, err := c.receive()
		if err != nil {
			return err
		}
		if err := answer.take(packet, c.sequence, each); err != nil {
			return err
		}
	}
	if answer.changed {
		return errChanged
	}
	return answer.err
}

// maxPacket is more than the kernel puts into one packet: 32 KiB since Linux
// 4.4 (netlink_recvmsg), unless a single message needs more.
const maxPacket = 128 << 10

// receive returns the kernel's next packet, and ignores packets of others.
func (c *conn) receive() ([]byte, error) {
	packet := make([]byte, maxPacket)
	for {
		var n int
		var from unix.Sockaddr
		err := linux.RetryEINTR(func() (err error) {
			n, from, err = unix.Recvfrom(c.fd, packet, unix.MSG_TRUNC)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("netlink: receive: %w", err)
		}
		if n > len(packet) {
			return nil, fmt.Errorf("netlink: a packet of %d bytes is too long", n)
		}
		if kernel, ok := from.(*unix.SockaddrNetlink); ok && kernel.Pid == 0 {
			return packet[:n], nil
		}
	}
}

// answer is the state of the answer to a request.
type answer struct {
	ended   bool
	changed bool  // the list changed while it was sent
	err     error // the kernel's refusal
}

// take reads one packet of the answer.
func (a *answer) take(packet []byte, sequence uint32, each func(message) error) error {
	for len(packet) > 0 {
		m, rest, err := nextMessage(packet)
		if err != nil {
			return err
		}
		packet = rest
		if m.sequence != sequence {
			continue // the rest of an answer that was given up
		}
		a.changed = a.changed || m.flags&unix.NLM_F_DUMP_INTR != 0
		switch m.kind {
		case unix.NLMSG_ERROR, unix.NLMSG_DONE:
			a.ended = true
			a.err, err = verdict(m)
		case unix.NLMSG_NOOP:
		default:
			err = each(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// verdict reads the message that ends an answer: an errno, for an error the
// header of the request or all of it, and explanations.
func verdict(m message) (refused, err error) {
	if len(m.body) < 4 {
		return nil, fmt.Errorf("netlink: an acknowledgement of %d bytes is too short", len(m.body))
	}
	errno := -int32(binary.NativeEndian.Uint32(m.body))
	if errno == 0 {
		return nil, nil
	}
	if errno < 0 || errno > 4095 {
		return nil, fmt.Errorf("netlink: %d is not an errno", errno)
	}
	return &refusal{unix.Errno(errno), explanation(m)}, nil
}

func explanation(m message) string {
	rest := m.body[4:]
	if m.kind == unix.NLMSG_ERROR {
		if len(rest) < unix.SizeofNlMsghdr {
			return ""
		}
		copied := unix.SizeofNlMsghdr
		if m.flags&unix.NLM_F_CAPPED == 0 {
			copied = align(int(binary.NativeEndian.Uint32(rest)))
		}
		rest = rest[min(max(copied, unix.SizeofNlMsghdr), len(rest)):]
	}
	if m.flags&unix.NLM_F_ACK_TLVS == 0 {
		return ""
	}
	list, err := parseAttributes(rest)
	if err != nil {
		return ""
	}
	return list.text(unix.NLMSGERR_ATTR_MSG)
}
