package linux

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// read is ReadStored for this process, whose root is the host's.
func read(t *testing.T, path string) ([]byte, error) {
	t.Helper()
	start := time.Now()
	root, err := os.OpenFile("/proc/self/root", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	data, err := ReadStored(int(root.Fd()), path, 1<<20)
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("%s took %v", path, d)
	}
	return data, err
}

// TestReadStored: only what somebody has stored is read, and no more than
// there is room for.
func TestReadStored(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if got, err := read(t, write("file", "content")); string(got) != "content" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	huge := write("huge", "content")
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, huge); len(got) != 1<<20 || !bytes.HasPrefix(got, []byte("content")) || err != nil {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		filepath.Join(dir, "fifo"), dir, write("empty", ""), "/dev/zero", "/proc/kmsg", "/proc/self/status",
		"/proc/self/mem", "/sys/kernel/notes", "/sys/kernel/mm/transparent_hugepage/enabled",
	} {
		if _, err := os.Lstat(path); err != nil {
			continue // not on this kernel
		}
		if got, err := read(t, path); !errors.Is(err, ErrNotStored) {
			t.Errorf("%s: read %q, %v", path, got, err)
		}
	}
}

// TestReadLeased: a lease of a container's process makes others wait that open
// the file, for up to /proc/sys/fs/lease-break-time seconds.
func TestReadLeased(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("content"); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETSIG, int(unix.SIGCONT)); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skip("no leases here:", err)
	}
	if _, err := read(t, path); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("error is %v, want that the file is not to be had at once", err)
	}
}
