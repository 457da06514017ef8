package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteCPIO(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "d"), 0o755),
		os.WriteFile(filepath.Join(dir, "d", "file"), []byte("hello"), 0o644),
		os.Symlink("d/file", filepath.Join(dir, "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var got bytes.Buffer
	if err := writeCPIO(&got, dir); err != nil {
		t.Fatal(err)
	}
	entry := func(inode, mode, size, name, rest string) string {
		const zero = "00000000"
		return "070701" + inode + mode + zero + zero + "00000001" + zero + size + zero + zero + zero + zero + name + zero + rest
	}
	want := entry("00000001", "000041ED", "00000000", "00000002", "d\x00") +
		entry("00000002", "000081A4", "00000005", "00000007", "d/file\x00\x00\x00\x00hello\x00\x00\x00") +
		entry("00000003", "0000A1FF", "00000006", "00000005", "link\x00\x00d/file\x00\x00") +
		entry("00000000", "00000000", "00000000", "0000000B", "TRAILER!!!\x00\x00\x00\x00")
	if got.String() != want {
		t.Errorf("got  %q\nwant %q", got.String(), want)
	}
}
