package linux

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The functions of this file are those of package os without its poller. Package
// os offers every file that it opens to epoll, which refuses files of a tmpfs and
// of /proc. That takes five system calls for a file, and for the first file the
// poller's start.

// ReadFile returns the content of a file. It is not for hostile files, which may
// have no end.
func ReadFile(path string) ([]byte, error) {
	fd, err := Open(path, unix.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	data, err := ReadAll(fd, math.MaxInt)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	}
	return data, nil
}

// ErrNoFile: what was to be read is no regular file, or has more than it may.
var ErrNoFile = errors.New("is no regular file, or is too large")

// ReadRegular returns the content of a regular file of up to limit bytes. Anything
// else, a link included, is [ErrNoFile]: it neither waits for the writer of a FIFO nor
// reads a device that has no end.
func ReadRegular(path string, limit int) ([]byte, error) {
	fd, err := Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENXIO) { // a link, a socket
		return nil, fmt.Errorf("%s: %w", path, ErrNoFile)
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size > int64(limit) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoFile)
	}
	data, err := ReadAll(fd, limit)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: path, Err: err}
	}
	return data, nil
}

// ReadAll reads an open file from its offset to its end, or up to limit bytes.
func ReadAll(fd, limit int) ([]byte, error) {
	var data []byte
	var buf [4096]byte // not on the heap: most files are much shorter
	for len(data) < limit {
		n, err := unix.Read(fd, buf[:min(len(buf), limit-len(data))])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, err
		case n == 0:
			return data, nil
		default:
			data = append(data, buf[:n]...)
		}
	}
	return data, nil
}

// WriteFile replaces the content of a file, which need not exist yet.
func WriteFile(path string, data []byte, mode uint32) error {
	fd, err := Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC, mode)
	if err != nil {
		return err
	}
	for len(data) > 0 && (err == nil || err == unix.EINTR) {
		var n int
		if n, err = unix.Write(fd, data); err == nil {
			data = data[n:]
		}
	}
	if closeErr := unix.Close(fd); err == nil {
		err = closeErr
	}
	if err != nil {
		return &os.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

// WriteValues writes values to a file of the kernel, each with one write(2),
// because such a file takes only whole values. The error names the value that the
// kernel refused.
func WriteValues(path string, values ...string) error {
	fd, err := Open(path, unix.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, value := range values {
		if err := WriteValue(fd, value); err != nil {
			return &os.PathError{Op: "write " + strconv.Quote(value) + " to", Path: path, Err: err}
		}
	}
	return nil
}

// WriteValue writes one value to an open file of the kernel.
func WriteValue(fd int, value string) error {
	for {
		if _, err := unix.Write(fd, []byte(value)); err != unix.EINTR {
			return err
		}
	}
}
