package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// monitor is a connection to qemu's control socket: see QMP in its manual.
type monitor struct {
	conn    net.Conn
	decoder *json.Decoder
}

// openMonitor connects to the machine, which may not listen yet.
func (m *machine) openMonitor(ctx context.Context) (*monitor, error) {
	for {
		conn, err := net.Dial("unix", m.path("monitor"))
		if err == nil {
			q := &monitor{conn, json.NewDecoder(conn)}
			return q, q.do("qmp_capabilities", nil, nil)
		}
		if err := m.alive(); err != nil {
			return nil, err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

func (q *monitor) close() { q.conn.Close() }

// answer is any message of qemu: its greeting, an event, a result or an error.
type answer struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Desc string `json:"desc"`
	} `json:"error"`
}

// do has qemu execute a command, and decodes its result unless that is nil.
func (q *monitor) do(command string, arguments, result any) error {
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	if err := json.NewEncoder(q.conn).Encode(request); err != nil {
		return fmt.Errorf("qemu %s: %w", command, err)
	}
	for {
		var a answer
		switch err := q.decoder.Decode(&a); {
		case err != nil:
			return fmt.Errorf("qemu %s: %w", command, err)
		case a.Error != nil:
			return fmt.Errorf("qemu %s: %s", command, a.Error.Desc)
		case a.Return != nil && result != nil:
			return json.Unmarshal(a.Return, result)
		case a.Return != nil:
			return nil
		}
	}
}

// await repeats a query until its status is one of these, and returns it.
func (q *monitor) await(ctx context.Context, query string, wanted ...string) (string, error) {
	for {
		var r struct{ Status string }
		if err := q.do(query, nil, &r); err != nil {
			return "", err
		}
		for _, w := range wanted {
			if r.Status == w {
				return w, nil
			}
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return "", err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
