package stdio

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/containerd/fifo"
	"golang.org/x/sys/unix"
)

// target is where the output of a process goes: a scheme and a path or, for a
// program, its URI.
type target struct {
	scheme string
	path   string
	uri    *url.URL
}

// Schemes of targets.
const (
	schemeNone   = "" // /dev/null
	schemeFifo   = "fifo"
	schemeFile   = "file"
	schemeBinary = "binary"
	// schemeBinary2 is for programs that write a byte when they are ready.
	schemeBinary2 = "binary-v2"
)

// parseTarget parses the engine's name for a process's stdout or stderr: a path
// (usually of a fifo) or a URI.
func parseTarget(name string) (target, error) {
	if name == "" {
		return target{}, nil
	}
	u, err := url.Parse(name)
	if err != nil {
		return target{}, fmt.Errorf("parse %q: %w", name, err)
	}
	switch u.Scheme {
	case "":
		return target{scheme: pathScheme(name), path: name}, nil
	case schemeFifo, schemeFile:
		return target{scheme: u.Scheme, path: u.Path}, nil
	case schemeBinary, schemeBinary2:
		return target{scheme: u.Scheme, path: u.Path, uri: u}, nil
	}
	return target{}, fmt.Errorf("%q: unknown scheme %q (want fifo, file, binary or binary-v2)", name, u.Scheme)
}

// pathScheme returns the scheme for a path without one.
func pathScheme(path string) string {
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe == 0 {
		return schemeFile
	}
	return schemeFifo
}

// program reports whether the target is a program that logs.
func (t target) program() bool { return t.scheme == schemeBinary || t.scheme == schemeBinary2 }

// open opens a fifo or a file for writing. The descriptors do not block. reads is open
// for reading the fifo, or -1 for a file.
func (t target) open(ctx context.Context) (out, reads int, err error) {
	if t.scheme == schemeFile {
		out, err = openLog(t.path)
		return out, -1, err
	}
	return openFifo(ctx, t.path)
}

// openLog opens a file for appending.
func openLog(path string) (int, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return -1, err
	}
	return open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT)
}

// openFifo waits until somebody reads a fifo and opens it for writing. While the engine
// restarts, the second descriptor keeps the fifo's content, and spares the container's
// process a SIGPIPE.
func openFifo(ctx context.Context, path string) (out, reads int, err error) {
	out, err = open(path, unix.O_WRONLY)
	if errors.Is(err, unix.ENXIO) { // nobody reads it yet (fifo(7))
		f, err := fifo.OpenFifo(ctx, path, unix.O_WRONLY, 0)
		if err != nil {
			return -1, -1, fmt.Errorf("open %s, which nobody reads: %w", path, err)
		}
		defer f.Close()
	} else if err != nil {
		return -1, -1, err
	}
	if reads, err = open(path, unix.O_RDONLY); err == nil && out < 0 {
		out, err = open(path, unix.O_WRONLY)
	}
	if err != nil {
		closeFD(out)
		closeFD(reads)
		return -1, -1, err
	}
	return out, reads, nil
}

func open(path string, flags int) (int, error) {
	fd, err := unix.Open(path, flags|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

// closeFD closes a descriptor, if it is one.
func closeFD(fd int) {
	if fd >= 0 {
		_ = unix.Close(fd)
	}
}

// openInput opens a fifo for reading, and also for writing: as long as the second
// descriptor is open the fifo has no end, so that a restart of the engine does not end
// the process's input.
func openInput(path string) (in, hold int, err error) {
	if in, err = open(path, unix.O_RDONLY); err != nil {
		return -1, -1, err
	}
	if hold, err = open(path, unix.O_WRONLY); err != nil {
		closeFD(in)
		return -1, -1, err
	}
	return in, hold, nil
}
