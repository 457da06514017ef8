package boot

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// errServed: a shim already serves the group.
var errServed = errors.New("a shim serves there")

// unixScheme is the prefix that containerd expects before a socket's path.
const unixScheme = "unix://"

// socketAddress returns the address on which the shim of a group of containers
// serves. Its path must be short (unix(7)), and differ from those of another
// containerd.
func socketAddress(dir, containerd, namespace, group string) string {
	sum := sha256.Sum256([]byte(filepath.Join(containerd, namespace, group)))
	return fmt.Sprintf("%s%s/%x", unixScheme, dir, sum)
}

// listen makes the socket. It returns errServed if a shim already serves there.
func listen(address string) (*os.File, error) {
	path := strings.TrimPrefix(address, unixScheme)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if errors.Is(err, unix.EADDRINUSE) {
		if serves(path) {
			return nil, errServed
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		l, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, err
	}
	defer l.Close()
	listener := l.(*net.UnixListener)
	listener.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, err
	}
	return listener.File()
}

func serves(path string) bool {
	conn, err := net.DialTimeout("unix", path, 100*time.Millisecond)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
