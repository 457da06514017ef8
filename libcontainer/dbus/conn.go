package dbus

import (
	"errors"
	"fmt"
	"time"
)

// Conn is a connection to a message bus or to a service's own socket. It is not
// for use by several goroutines at once.
type Conn struct {
	socket  *socket
	timeout time.Duration
	bus     bool
	serial  uint32
	match   *Match
	matched [][]any // bodies of signals that match
}

// maxMatched bounds how many signals are kept for AwaitSignal.
const maxMatched = 64

// Error is the error that a method of a service returned.
type Error struct {
	Name    string // "org.freedesktop.systemd1.UnitExists"
	Message string
}

func (e *Error) Error() string {
	if e.Message == "" {
		return e.Name
	}
	return e.Message
}

// Dial connects to the message bus at a list of addresses: the first that
// there is. timeout bounds this and every call.
func Dial(address string, timeout time.Duration) (*Conn, error) {
	c, err := dial(address, timeout)
	if err != nil {
		return nil, err
	}
	c.bus = true
	if _, err := c.Call(busMethod("Hello")); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// DialPeer is Dial for a service that listens itself. There is no bus then, and
// calls have no destination.
func DialPeer(address string, timeout time.Duration) (*Conn, error) { return dial(address, timeout) }

func dial(address string, timeout time.Duration) (*Conn, error) {
	names, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	var first error
	for _, name := range names {
		s, err := connect(name, time.Now().Add(timeout))
		if err == nil {
			if err = s.authenticate(); err == nil {
				return &Conn{socket: s, timeout: timeout}, nil
			}
			s.close()
			err = fmt.Errorf("%s: %w", name, err)
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// Close ends the connection.
func (c *Conn) Close() { c.socket.close() }

// Method is a method of an object of a service.
type Method struct {
	Destination string // ignored without a bus
	Path        ObjectPath
	Interface   string
	Member      string
}

func busMethod(member string) Method {
	return Method{"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member}
}

// Call calls a method and returns what that returns. The error is an [*Error]
// if the service answered with one. After any other error the connection is of
// no more use.
func (c *Conn) Call(m Method, args ...any) ([]any, error) {
	c.socket.deadline = time.Now().Add(c.timeout)
	values, err := c.call(m, args)
	if err != nil && !errors.As(err, new(*Error)) {
		return nil, fmt.Errorf("call %s: %w", m.Member, err)
	}
	return values, err
}

func (c *Conn) call(m Method, args []any) ([]any, error) {
	c.serial++
	call := &message{kind: methodCall, serial: c.serial, path: m.Path, iface: m.Interface, member: m.Member, body: args}
	if c.bus {
		call.destination = m.Destination
	}
	data, err := call.encode()
	if err != nil {
		return nil, err
	}
	if err := c.socket.write(data); err != nil {
		return nil, err
	}
	for {
		reply, err := c.receive()
		if err != nil {
			return nil, err
		}
		if reply.replySerial != c.serial {
			continue
		}
		values, err := reply.values()
		if err == nil && reply.kind == errorReply {
			err = errorOf(reply.errorName, values)
		}
		return values, err
	}
}

func errorOf(name string, values []any) error {
	e := &Error{Name: name}
	if len(values) > 0 {
		e.Message, _ = values[0].(string)
	}
	return e
}

// receive returns the next message, and keeps it if it is a signal that is
// waited for.
func (c *Conn) receive() (*message, error) {
	header, err := c.socket.peek(fixedHeader)
	if err != nil {
		return nil, err
	}
	size, err := measure(header)
	if err != nil {
		return nil, err
	}
	data, err := c.socket.read(size)
	if err != nil {
		return nil, err
	}
	m, err := decode(data)
	if err != nil {
		return nil, err
	}
	return m, c.keep(m)
}

// keep keeps the body of a signal that matches. The oldest goes when there are
// too many.
func (c *Conn) keep(m *message) error {
	if c.match == nil || m.kind != signal || m.iface != c.match.Interface || m.member != c.match.Member {
		return nil
	}
	body, err := m.values()
	if err != nil || !c.match.matches(body) {
		return err
	}
	if len(c.matched) == maxMatched {
		c.matched = c.matched[1:]
	}
	c.matched = append(c.matched, body)
	return nil
}
