package dbus

import (
	"fmt"
	"strings"
	"time"
)

// Match says which signals are waited for: those of a member of an interface
// with a string among what they carry.
type Match struct {
	Interface, Member string
	Arg               int
	Value             string
}

// Listen begins to collect the signals that match, in place of what was
// listened to before. On a bus, no others are delivered.
func (c *Conn) Listen(m Match) error {
	c.match, c.matched = &m, nil
	if !c.bus {
		return nil // everything is delivered
	}
	_, err := c.Call(busMethod("AddMatch"), m.rule())
	return err
}

// rule returns the match as the bus takes it.
func (m *Match) rule() string {
	// A quote ends the value, and is written in none.
	value := strings.ReplaceAll(m.Value, "'", `'\''`)
	return fmt.Sprintf("type='signal',interface='%s',member='%s',arg%d='%s'", m.Interface, m.Member, m.Arg, value)
}

func (m *Match) matches(body []any) bool {
	if m.Arg >= len(body) {
		return false
	}
	s, ok := body[m.Arg].(string)
	return ok && s == m.Value
}

// AwaitSignal returns what the next signal carries that Listen collects, within
// timeout.
func (c *Conn) AwaitSignal(timeout time.Duration) ([]any, error) {
	c.socket.deadline = time.Now().Add(timeout)
	for len(c.matched) == 0 {
		if _, err := c.receive(); err != nil {
			return nil, fmt.Errorf("wait for %s: %w", c.match.Member, err)
		}
	}
	body := c.matched[0]
	c.matched = c.matched[1:]
	return body, nil
}
