package cgroup

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The functions of this file are os.ReadFile and os.WriteFile without the
// poller: cgroup files can be polled, so package os would register each of
// them with epoll and make it non-blocking, four more system calls.

// open opens a cgroup file or directory.
func open(path string, flags int) (int, error) {
	fd, err := openAt(unix.AT_FDCWD, path, flags)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

func openAt(dir int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// writeFile writes data with one write(2): a cgroup file takes its value whole.
func writeFile(path, data string) error {
	return writeLines(path, data)
}

// writeLines writes each of lines with a write(2) of its own.
func writeLines(path string, lines ...string) error {
	fd, err := open(path, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, line := range lines {
		if err := write(fd, line); err != nil {
			return &os.PathError{Op: "write " + strconv.Quote(line) + " to", Path: path, Err: err}
		}
	}
	return nil
}

func write(fd int, data string) error {
	for {
		_, err := unix.Write(fd, []byte(data))
		if err != unix.EINTR {
			return err
		}
	}
}

// readFile returns the content of a cgroup file.
func readFile(path string) (string, error) {
	fd, err := open(path, unix.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	return readAll(fd, path)
}

func readAll(fd int, path string) (string, error) {
	var content strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := unix.Read(fd, buf)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return "", &os.PathError{Op: "read", Path: path, Err: err}
		case n == 0:
			return content.String(), nil
		default:
			content.Write(buf[:n])
		}
	}
}

// readField returns the value of a key in a file of "key value" lines.
func readField(path, key string) (uint64, bool) {
	content, err := readFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(content) {
		if k, v, _ := strings.Cut(strings.TrimSpace(line), " "); k == key {
			n, err := strconv.ParseUint(v, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

func isDir(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

func fsType(path string) int64 {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0
	}
	return int64(st.Type)
}

func isFile(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG
}
