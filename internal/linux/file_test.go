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
