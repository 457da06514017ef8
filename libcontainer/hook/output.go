package hook

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// Files are the paths of files to which the output of hooks is appended. Output
// without a file is collected, for the error of a hook that fails.
type Files struct{ Stdout, Stderr string }

const (
	// maxOutput is how many bytes at the end of a hook's output are kept.
	maxOutput = 4096
	// grace is how long to wait for the end of the output when the hook has
	// ended: a daemon that it left behind may hold it open for ever.
	grace = 100 * time.Millisecond
)

// output has the files that a hook writes to.
type output struct {
	stdout, stderr *os.File
	pipe           *os.File // the read end for the output without a file, or nil
	collected      chan string
}

// open opens the files, and a pipe for the output that has none.
func (f Files) open() (*output, error) {
	o := &output{}
	for _, stream := range []struct {
		path string
		file **os.File
	}{{f.Stdout, &o.stdout}, {f.Stderr, &o.stderr}} {
		var err error
		if *stream.file, err = o.openStream(stream.path); err != nil {
			o.close()
			return nil, fmt.Errorf("output: %w", err)
		}
	}
	return o, nil
}

// openStream opens the file at path, or the pipe if path is empty.
func (o *output) openStream(path string) (*os.File, error) {
	switch {
	case path != "":
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND|unix.O_NOCTTY, 0o700)
	case o.pipe != nil:
		return o.stdout, nil // stderr after stdout
	}
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("pipe2", err)
	}
	// Only the end that is read here obeys deadlines: programs expect one that
	// blocks. Any user may open it again as /dev/stderr.
	err := errors.Join(unix.SetNonblock(fds[0], true), unix.Fchmod(fds[1], 0o666))
	o.pipe = os.NewFile(uintptr(fds[0]), "output of a hook")
	o.collected = make(chan string, 1)
	go o.collect()
	return os.NewFile(uintptr(fds[1]), "output"), err
}

func (o *output) collect() {
	var t tail
	_, _ = io.Copy(&t, o.pipe)
	o.collected <- t.text()
}

// finish returns the end of what was collected, on one line. The hook has
// ended.
func (o *output) finish() string {
	if o.pipe == nil {
		return ""
	}
	o.closeStreams()
	_ = o.pipe.SetReadDeadline(time.Now().Add(grace))
	return <-o.collected
}

func (o *output) closeStreams() {
	// Both may be one file, or none. Closing twice does no harm.
	o.stdout.Close()
	o.stderr.Close()
}

func (o *output) close() {
	o.closeStreams()
	if o.pipe != nil {
		o.pipe.Close()
	}
}

// tail keeps the last maxOutput bytes of what is written to it.
type tail struct {
	data []byte
	cut  bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if over := len(t.data) - maxOutput; over > 0 {
		t.data, t.cut = append(t.data[:0], t.data[over:]...), true
	}
	return len(p), nil
}

// text returns the lines that are not empty on one line.
func (t *tail) text() string {
	var lines []string
	for line := range strings.Lines(string(t.data)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, spec.Printable(line))
		}
	}
	text := strings.Join(lines, "; ")
	if t.cut {
		text = "… " + text
	}
	return text
}
