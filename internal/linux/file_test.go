package linux

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, size := range []int{0, 1, 4095, 4096, 4097, 100_000, 7} {
		want := bytes.Repeat([]byte("x"), size)
		if err := WriteFile(path, want, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: read %d, %v", size, len(got), err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadFile(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read of a missing file: %v", err)
	}
	if _, err := ReadFile(dir); !errors.Is(err, unix.EISDIR) {
		t.Errorf("read of a directory: %v", err)
	}
	if err := WriteFile(dir+"/none/file", nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("write in a missing directory: %v", err)
	}
	if err := WriteFile("/dev/full", []byte("x"), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("write to a full device: %v", err)
	}
}

// What is no regular file, or too large, is neither waited for nor read.
func TestReadRegular(t *testing.T) {
	dir := t.TempDir()
	write := func(size int) string {
		path := filepath.Join(dir, "file")
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, size := range []int{0, 4096, 5000} {
		if data, err := ReadRegular(write(size), 5000); err != nil || len(data) != size {
			t.Errorf("%d bytes: %d, %v", size, len(data), err)
		}
	}
	fifo, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{write(5001), fifo, link, dir, "/dev/zero"} {
		if _, err := ReadRegular(path, 5000); !errors.Is(err, ErrNoFile) {
			t.Errorf("%s: %v, want ErrNoFile", path, err)
		}
	}
	if _, err := ReadRegular(dir+"/none", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read of a missing file: %v", err)
	}
}

func TestReadAllLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	content := bytes.Repeat([]byte("0123456789"), 1000)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{0, 1, 4095, 4096, 4097, 9999, 10000, 10001} {
		fd, err := Open(path, unix.O_RDONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadAll(fd, limit)
		if want := content[:min(limit, len(content))]; err != nil || !bytes.Equal(got, want) {
			t.Errorf("limit %d: read %d, %v", limit, len(got), err)
		}
		unix.Close(fd)
	}
}

// TestWriteValues writes to a socketpair's packets: each value is one write.
func TestWriteValues(t *testing.T) {
	a, b := pair(t)
	for _, value := range []string{"max", "100 200\n"} {
		if err := WriteValue(int(a.Fd()), value); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 16)
		if n, err := b.Read(buf); err != nil || string(buf[:n]) != value {
			t.Errorf("%q: %q, %v", value, buf[:n], err)
		}
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := WriteValues(path, "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteValues(path, "a", "", "bc"); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "abc" {
		t.Errorf("%q, %v", got, err)
	}
	if err := WriteValues("/dev/full", "max"); !errors.Is(err, unix.ENOSPC) || err.Error() != `write "max" to /dev/full: no space left on device` {
		t.Errorf("write to a full device: %v", err)
	}
}
