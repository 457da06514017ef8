package dbus

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// maxLine is the length of the longest line that a server may say while it
// gets to know its client: the specification's limit.
const maxLine = 16384

// authenticate lets the server find out by the socket who connects (SASL
// mechanism EXTERNAL). Without an initial answer, which would be the user id,
// that also works from a user namespace, where ids are others. All is said at
// once, as sd-bus does; servers take one line after another.
func (s *socket) authenticate() error {
	if err := s.write([]byte("\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n")); err != nil {
		return err
	}
	for _, want := range []string{"DATA", "OK "} {
		line, err := s.line()
		if err != nil {
			return err
		}
		if !strings.HasPrefix(line, want) {
			return fmt.Errorf("not authenticated: the server says %q", line)
		}
	}
	return nil
}

// line reads a line.
func (s *socket) line() (string, error) {
	for {
		if i := bytes.Index(s.unread, []byte("\r\n")); i >= 0 {
			line := string(s.unread[:i])
			s.unread = s.unread[i+2:]
			return line, nil
		}
		if len(s.unread) > maxLine {
			return "", errors.New("a line has no end")
		}
		if err := s.fill(); err != nil {
			return "", err
		}
	}
}
