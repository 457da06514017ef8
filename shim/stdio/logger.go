package stdio

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// How long a program that logs may take to end when there is nothing more to log: by
// itself, and after SIGTERM.
const (
	loggerEnds  = time.Second
	loggerTerms = 10 * time.Second
)

// logger is a program that reads a container's output and logs it (containerd's
// runtime v2 documentation, "Logging").
type logger struct {
	cmd    *exec.Cmd
	output [2]*os.File // for stdout and stderr of the process
}

// startLogger starts the program that the URI names and waits until it is ready.
func startLogger(t target, o Owner) (*logger, error) {
	var reads [2]*os.File
	l := &logger{}
	defer func() { closeAll(reads[:]...) }()
	for i := range reads {
		var fds [2]int // not os.Pipe: its descriptors do not block, which programs do not expect
		if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
			l.closeOutput()
			return nil, os.NewSyscallError("pipe2", err)
		}
		reads[i], l.output[i] = os.NewFile(uintptr(fds[0]), "pipe"), os.NewFile(uintptr(fds[1]), "pipe")
	}
	ready, tell, err := os.Pipe()
	if err != nil {
		l.closeOutput()
		return nil, err
	}
	defer ready.Close()
	l.cmd = exec.Command(t.path, loggerArgs(t.uri)...)
	l.cmd.Env = []string{"CONTAINER_ID=" + o.ID, "CONTAINER_NAMESPACE=" + o.Namespace}
	l.cmd.ExtraFiles = []*os.File{reads[0], reads[1], tell}
	err = l.cmd.Start()
	tell.Close()
	if err != nil {
		l.closeOutput()
		return nil, fmt.Errorf("start the logging program %s: %w", t.path, err)
	}
	if err := awaitReady(ready, t.scheme == schemeBinary2); err != nil {
		l.closeOutput()
		_ = l.cmd.Process.Kill()
		_ = l.cmd.Wait()
		return nil, fmt.Errorf("the logging program %s: %w", t.path, err)
	}
	return l, nil
}

// loggerArgs returns the names and values of the URI's query, in order.
func loggerArgs(u *url.URL) []string {
	var args []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, has := strings.Cut(pair, "=")
		args = append(args, unescape(name))
		if has {
			args = append(args, unescape(value))
		}
	}
	return args
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// awaitReady waits until the program closes the pipe or, with strict, writes a byte.
func awaitReady(r io.Reader, strict bool) error {
	n, err := r.Read(make([]byte, 1))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strict && n == 0 {
		return errors.New("it ended without saying that it is ready")
	}
	return nil
}

func (l *logger) closeOutput() { closeAll(l.output[:]...) }

// end closes the program's input and waits for its end. If that takes too long, the
// program gets SIGTERM, and in the end SIGKILL.
func (l *logger) end() {
	if l == nil {
		return
	}
	l.closeOutput()
	ended := make(chan struct{})
	go func() {
		_ = l.cmd.Wait()
		close(ended)
	}()
	if within(ended, loggerEnds) {
		return
	}
	_ = l.cmd.Process.Signal(unix.SIGTERM)
	if !within(ended, loggerTerms) {
		_ = l.cmd.Process.Kill()
		<-ended
	}
}

// within reports whether done is closed before the limit.
func within(done <-chan struct{}, limit time.Duration) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		if f != nil {
			f.Close()
		}
	}
}
