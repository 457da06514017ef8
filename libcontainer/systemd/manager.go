// Package systemd talks to systemd as a service manager, to that of the system
// or of a user. It starts, changes and stops the transient units in which
// containers live.
//
// The messages are those of go-systemd and godbus. This package knows where to
// connect, how the unit of a container is named, and what an answer means.
package systemd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
)

// callTimeout bounds every call, and jobTimeout the wait for a job of systemd:
// a machine that starts hundreds of units is that slow.
const (
	callTimeout = 25 * time.Second
	jobTimeout  = 30 * time.Second
)

// Manager is a connection to a service manager.
type Manager struct {
	conn       *dbus.Conn
	cancel     func()        // ends the connection and every wait for an answer
	jobTimeout time.Duration // tests have a shorter one
}

// Connect connects to the service manager of the system or, with user, to the
// caller's own.
//
// It uses the message bus or, if that does not run, the manager's own socket.
// As everywhere with D-Bus, the environment may name other addresses.
func Connect(ctx context.Context, user bool) (*Manager, error) {
	bus, private, err := addresses(user)
	if err != nil {
		return nil, err
	}
	conn, cancel, err := open(ctx, bus, false)
	if err != nil && private != "" && IsAbsent(err) {
		if c, cancelDirect, directErr := open(ctx, private, true); directErr == nil {
			conn, cancel, err = c, cancelDirect, nil
		}
	}
	if err != nil {
		return nil, explain(err, user)
	}
	return &Manager{conn, cancel, jobTimeout}, nil
}

// Close ends the connection.
func (m *Manager) Close() {
	m.conn.Close()
	m.cancel()
}

// call limits the time of a call to systemd.
func call(ctx context.Context, f func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := f(limited)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.Err() != nil:
		return errTimeout
	}
	return err
}

// within is call for a function without a context, which cancel ends.
func within(ctx context.Context, cancel func(), f func() error) error {
	return call(ctx, func(limited context.Context) error {
		stop := context.AfterFunc(limited, cancel)
		defer stop()
		return f()
	})
}

// property returns a property of the manager that is a string.
func (m *Manager) property(ctx context.Context, name string) (string, error) {
	var text string
	err := within(ctx, m.cancel, func() (err error) {
		text, err = m.conn.GetManagerProperty(name)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("systemd: property %s: %w", name, err)
	}
	v, err := godbus.ParseVariant(text, godbus.SignatureOf(""))
	if err != nil {
		return "", fmt.Errorf("systemd: property %s is not a string: %s", name, text)
	}
	return v.Value().(string), nil
}

// ControlGroup returns the cgroup that has the manager's units below it. It is
// "/" or "" for all but a user's manager in the host's namespace.
func (m *Manager) ControlGroup(ctx context.Context) (string, error) {
	return m.property(ctx, "ControlGroup")
}

// Version returns systemd's version.
func (m *Manager) Version(ctx context.Context) (int, error) {
	text, err := m.property(ctx, "Version")
	if err != nil {
		return 0, err
	}
	digits := strings.TrimLeft(text, "v")
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("systemd: version %q has no number", text)
	}
	return n, nil
}
