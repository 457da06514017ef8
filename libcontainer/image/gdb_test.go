package image

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"time"
)

// gdbConn speaks gdb's remote serial protocol: packets $content#checksum, which
// the other side acknowledges with +.
type gdbConn struct {
	net.Conn
	in *bufio.Reader
}

func newGDBConn(conn net.Conn) *gdbConn { return &gdbConn{conn, bufio.NewReader(conn)} }

// call sends a packet and returns the answer.
func (c *gdbConn) call(packet string) (string, error) {
	c.SetDeadline(time.Now().Add(60 * time.Second))
	var sum byte
	for i := range len(packet) {
		sum += packet[i]
	}
	if _, err := fmt.Fprintf(c, "$%s#%02x", packet, sum); err != nil {
		return "", err
	}
	if _, err := c.in.ReadString('$'); err != nil { // behind the acknowledgement
		return "", err
	}
	reply, err := c.in.ReadString('#')
	if err != nil {
		return "", err
	}
	if _, err := c.in.Discard(2); err != nil {
		return "", err
	}
	_, err = c.Write([]byte("+"))
	if reply = strings.TrimSuffix(reply, "#"); reply == "" && err == nil {
		err = fmt.Errorf("qemu does not know the packet %.20q", packet)
	}
	return reply, err
}

// register returns the content of a register.
func (c *gdbConn) register(n int) (uint64, error) {
	content, err := c.bytes(fmt.Sprintf("p%x", n))
	if err == nil && len(content) != longSize {
		err = fmt.Errorf("register %d has %d bytes", n, len(content))
	}
	if err != nil {
		return 0, err
	}
	return getLong(content), nil
}

// ok sends a packet that is answered with OK.
func (c *gdbConn) ok(packet string) error {
	reply, err := c.call(packet)
	if err == nil && reply != "OK" {
		err = fmt.Errorf("%.20q: %s", packet, reply)
	}
	return err
}

// bytes sends a packet that is answered with bytes.
func (c *gdbConn) bytes(packet string) ([]byte, error) {
	reply, err := c.call(packet)
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(reply)
}
