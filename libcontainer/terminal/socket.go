package terminal

import (
	"context"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
)

// Socket is a connection to an engine that wants a descriptor: that of a terminal
// or of a process.
type Socket struct{ conn *os.File }

// Dial connects to the stream socket at path. An empty path gives a nil Socket.
func Dial(ctx context.Context, path string) (*Socket, error) {
	if path == "" {
		return nil, nil
	}
	conn, err := linux.Dial(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Socket{conn}, nil
}

// Send sends a descriptor in a message whose text is its name. A nil Socket
// sends nothing.
func (s *Socket) Send(name string, file *os.File) error {
	if s == nil {
		return nil
	}
	if _, err := linux.Send(s.conn, []byte(name), file); err != nil {
		return fmt.Errorf("send the descriptor: %w", err)
	}
	return nil
}

// Close closes the connection.
func (s *Socket) Close() {
	if s != nil {
		s.conn.Close()
	}
}
