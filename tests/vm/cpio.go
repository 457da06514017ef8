package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeCPIO writes the files below dir as an archive that the kernel takes for
// an initramfs (Documentation/driver-api/early-userspace/buffer-format.rst in
// the kernel's source: "newc"). All of them are root's.
func writeCPIO(w io.Writer, dir string) error {
	inode := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		mode, data, err := readEntry(path, d)
		if err != nil {
			return err
		}
		inode++
		return writeEntry(w, inode, mode, name, data)
	})
	if err != nil {
		return err
	}
	return writeEntry(w, 0, 0, "TRAILER!!!", nil)
}

// readEntry returns the mode of a file and what the archive has for its
// content.
func readEntry(path string, d fs.DirEntry) (mode uint32, data []byte, err error) {
	info, err := d.Info()
	if err != nil {
		return 0, nil, err
	}
	mode = uint32(info.Mode().Perm())
	switch info.Mode().Type() {
	case 0:
		data, err = os.ReadFile(path)
		return mode | 0o100000, data, err
	case fs.ModeDir:
		return mode | 0o040000, nil, nil
	case fs.ModeSymlink:
		target, err := os.Readlink(path)
		return mode | 0o120000, []byte(target), err
	}
	return 0, nil, fmt.Errorf("%s: no file, directory or symbolic link", path)
}

func writeEntry(w io.Writer, inode int, mode uint32, name string, data []byte) error {
	var b bytes.Buffer
	// Inode, mode, uid, gid, links, mtime, size, the device that the file is on,
	// the one that it is, the length of the name, a checksum that nobody reads.
	fmt.Fprintf(&b, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0)
	b.WriteString(name + "\x00")
	pad(&b)
	b.Write(data)
	pad(&b)
	_, err := w.Write(b.Bytes())
	return err
}

// pad fills up to a multiple of four bytes.
func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
