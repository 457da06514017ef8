package seccomp

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// An agent may close the connection as soon as it has the message, and another
// reads a byte at a time: both get all of it, and neither makes a start fail.
func TestSendToAgents(t *testing.T) {
	message := bytes.Repeat([]byte("message"), 64<<10)
	for name, read := range map[string]func(conn *net.UnixConn, size int) int{
		"that closes":  readOnce,
		"that is slow": readAll,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "agent.sock")
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for i := range 100 {
				sent := message[:1000]
				if i%10 == 0 && name != "that closes" {
					sent = message // more than the socket's buffer takes at once
				}
				got := make(chan int)
				go func() {
					conn, err := l.AcceptUnix()
					if err != nil {
						got <- -1
						return
					}
					n := read(conn, len(sent))
					conn.Close()
					got <- n
				}()
				err := Send(t.Context(), path, sent, os.Stdin)
				if n := <-got; err != nil || n != len(sent) {
					t.Fatalf("run %d: the agent got %d bytes of %d, %v", i, n, len(sent), err)
				}
			}
		})
	}
}

// readOnce receives one message with its descriptor, as most agents do.
func readOnce(conn *net.UnixConn, size int) int {
	oob := make([]byte, 64)
	n, oobn, _, _, err := conn.ReadMsgUnix(make([]byte, size), oob)
	if err != nil {
		return -1
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return -1
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 || unix.Close(fds[0]) != nil {
		return -1
	}
	return n
}

func readAll(conn *net.UnixConn, size int) int {
	all := 0
	for all < size {
		n, err := conn.Read(make([]byte, 4096))
		if err != nil {
			return -1
		}
		all += n
	}
	return all
}
