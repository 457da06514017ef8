package linux

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// TestSocketLongPath has paths longer than an address may be (unix(7)).
func TestSocketLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 40))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := dir + "/socket"
	listener, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(listener)
	if err := errors.Join(Bind(listener, path), unix.Listen(listener, 2)); err != nil {
		t.Fatal(err)
	}
	conn, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	handle, err := Open(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(handle)
	second, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(second)
	if err := Connect(second, SocketIn(handle, "socket")); err != nil {
		t.Error(err)
	}
}

func TestDialErrors(t *testing.T) {
	before := leak.OpenDescriptors()
	dir := t.TempDir()
	for _, path := range []string{dir + "/none", dir + "/none/none"} {
		if _, err := Dial(t.Context(), path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "connect to "+path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), dir+"/file"); !errors.Is(err, unix.ECONNREFUSED) {
		t.Errorf("a plain file: %v", err)
	}
	if left := leak.OpenDescriptors().Since(before); left != nil {
		t.Errorf("left open: %q", left)
	}
}

// A server whose backlog is full is waited for, but no longer than the context.
func TestDialIsCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(Bind(fd, path), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	first, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := Dial(soon(t), path); err == nil || !errors.Is(err, errWhy) || !strings.Contains(err.Error(), "connect to "+path) {
		t.Errorf("error is %v, want that of the context", err)
	}
	if flags, err := unix.FcntlInt(first.Fd(), unix.F_GETFL, 0); flags&unix.O_NONBLOCK != 0 || err != nil {
		t.Errorf("the connection has the flags %#x, %v", flags, err)
	}
}
