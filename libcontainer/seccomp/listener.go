package seccomp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// listenerLink is the text of the link that a listener's descriptor has in
// /proc (kernel/seccomp.c, init_listener).
const listenerLink = "anon_inode:seccomp notify"

// TakeListener returns a copy of the listener of a process that has loaded, or
// is about to load, a filter that Listens. If there is no listener yet, it
// returns nil.
//
// The process need not do anything for that, because its filter may forbid
// anything. The listener is found and taken from outside, which needs the
// rights of a debugger (ptrace(2), "PTRACE_MODE_ATTACH_REALCREDS").
func TakeListener(pid int, pidfd *os.File) (*os.File, error) {
	number, err := findListener(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil || number < 0 {
		return nil, err
	}
	fd, err := unix.PidfdGetfd(int(pidfd.Fd()), number, 0)
	if err != nil {
		return nil, fmt.Errorf("take descriptor %d of process %d: %w", number, pid, err)
	}
	file := os.NewFile(uintptr(fd), "seccomp listener")
	// The process may have put another descriptor in its place meanwhile.
	if !isListener(file) {
		file.Close()
		return nil, fmt.Errorf("take descriptor %d of process %d: it is not a listener", number, pid)
	}
	return file, nil
}

// isListener reports whether a descriptor is the listener of a filter.
func isListener(f *os.File) bool {
	link, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
	return err == nil && link == listenerLink
}

// findListener returns the number of the listener among the descriptors in
// dir, or -1.
func findListener(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return -1, err
	}
	for _, e := range entries {
		if link, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && link == listenerLink {
			return strconv.Atoi(e.Name())
		}
	}
	return -1, nil
}

// Send sends a message and the listener to an agent: all in one connection, the
// descriptor with the first byte (runtime-spec, config-linux.md,
// "listenerPath").
func Send(ctx context.Context, path string, message []byte, listener *os.File) error {
	conn, err := linux.Dial(ctx, path)
	if err != nil {
		return err
	}
	defer conn.Close()
	n, err := linux.Send(conn, message, listener)
	// An agent may close once it has the message. Then even a write of nothing
	// would fail, with EPIPE.
	if err == nil && n < len(message) {
		_, err = conn.Write(message[n:])
	}
	if err != nil {
		return fmt.Errorf("send to %s: %w", path, err)
	}
	return nil
}
