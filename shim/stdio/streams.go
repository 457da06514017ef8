package stdio

import (
	"context"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Names are an engine's names for the streams of a process: paths or URIs, or "".
type Names struct {
	Stdin, Stdout, Stderr string
	Terminal              bool
}

// Owner identifies the container or process that the streams belong to.
type Owner struct {
	ID, Namespace string // for programs that log
	UID, GID      int    // of the pipes
}

// Streams are the streams of one process.
type Streams struct {
	loop  *Loop
	names Names
	files [3]*os.File // for the process, until it has them
	log   *logger

	mu      sync.Mutex
	stdin   *pump
	outputs []*pump
	fifos   []int // those that the outputs go to, open for reading
	hold    int   // the stdin fifo, open for writing so that it has no end, or -1
	screen  *pump
}

// Open opens what the names mean and makes the process's pipes. With a terminal, the
// fifos and files are opened by [Streams.Attach].
func Open(ctx context.Context, l *Loop, n Names, o Owner) (*Streams, error) {
	s := &Streams{loop: l, names: n, hold: -1}
	err := s.open(ctx, o)
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Streams) open(ctx context.Context, o Owner) error {
	out, err := parseTarget(s.names.Stdout)
	if err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	if out.program() {
		if s.log, err = startLogger(out, o); err != nil {
			return fmt.Errorf("stdout: %w", err)
		}
	}
	if s.names.Terminal {
		return s.openNulls()
	}
	if err := s.openStdin(o); err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	if s.log != nil {
		s.files[1], s.files[2] = s.log.output[0], s.log.output[1]
		s.log.output = [2]*os.File{}
		return nil
	}
	if err := s.openOutput(ctx, 1, out, o); err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	errors, err := parseTarget(s.names.Stderr)
	if err == nil {
		err = s.openOutput(ctx, 2, errors, o)
	}
	if err != nil {
		return fmt.Errorf("stderr: %w", err)
	}
	return nil
}

func (s *Streams) openStdin(o Owner) error {
	if s.names.Stdin == "" {
		return s.openNull(0)
	}
	in, hold, err := openInput(s.names.Stdin)
	if err != nil {
		return err
	}
	s.hold = hold
	p, err := newPipe(true, o.UID, o.GID)
	if err != nil {
		unix.Close(in)
		return err
	}
	s.files[0] = p.theirs
	s.stdin, err = startPump(s.loop, in, p.ours, stop, nil)
	return err
}

func (s *Streams) openOutput(ctx context.Context, i int, t target, o Owner) error {
	if t.scheme == schemeNone {
		return s.openNull(i)
	}
	out, err := s.openTarget(ctx, t)
	if err != nil {
		return err
	}
	p, err := newPipe(false, o.UID, o.GID)
	if err != nil {
		unix.Close(out)
		return err
	}
	s.files[i] = p.theirs
	return s.pumpOutput(p.ours, out)
}

// openTarget opens the target of an output.
func (s *Streams) openTarget(ctx context.Context, t target) (int, error) {
	out, reads, err := t.open(ctx)
	if reads >= 0 {
		s.fifos = append(s.fifos, reads)
	}
	return out, err
}

func (s *Streams) pumpOutput(in, out int) error {
	p, err := startPump(s.loop, in, out, discard, nil)
	if err == nil {
		s.outputs = append(s.outputs, p)
	}
	return err
}

func (s *Streams) openNull(i int) (err error) {
	s.files[i], err = os.OpenFile(os.DevNull, os.O_RDWR, 0)
	return err
}

// openNulls opens /dev/null for all streams. It is for a process that will get a
// terminal.
func (s *Streams) openNulls() error {
	for i := range s.files {
		if err := s.openNull(i); err != nil {
			return err
		}
	}
	return nil
}

// Files returns the process's stdin, stdout and stderr.
func (s *Streams) Files() [3]*os.File { return s.files }

// Passed closes the process's files. It is called when the process has them, or will
// never have them.
func (s *Streams) Passed() {
	closeAll(s.files[:]...)
	s.files = [3]*os.File{}
}

// Attach connects the terminal and takes ownership of it.
func (s *Streams) Attach(ctx context.Context, terminal *os.File) error {
	defer terminal.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := s.openScreen(ctx)
	if err != nil {
		return fmt.Errorf("stdout: %w", err)
	}
	master, err := duplicate(terminal)
	if err != nil {
		unix.Close(out)
		return err
	}
	if err := s.pumpOutput(master, out); err != nil {
		return err
	}
	s.screen = s.outputs[0]
	if s.names.Stdin == "" {
		return nil
	}
	if err := s.attachStdin(terminal); err != nil {
		return fmt.Errorf("stdin: %w", err)
	}
	return nil
}

// openScreen opens the target of the terminal's output.
func (s *Streams) openScreen(ctx context.Context) (int, error) {
	if s.log != nil {
		return duplicate(s.log.output[0])
	}
	t, err := parseTarget(s.names.Stdout)
	if err != nil {
		return -1, err
	}
	if t.scheme == schemeNone {
		return unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	}
	return s.openTarget(ctx, t)
}

func (s *Streams) attachStdin(terminal *os.File) error {
	in, hold, err := openInput(s.names.Stdin)
	if err != nil {
		return err
	}
	s.hold = hold
	master, err := duplicate(terminal)
	if err != nil {
		unix.Close(in)
		return err
	}
	s.stdin, err = startPump(s.loop, in, master, stop, func() { typeEnd(master) })
	return err
}

// typeEnd types the key that means the end of a terminal's input, if the process
// reads lines (termios(3), VEOF).
func typeEnd(master int) {
	t, err := unix.IoctlGetTermios(master, unix.TCGETS)
	if err == nil && t.Lflag&unix.ICANON != 0 {
		_, _ = unix.Write(master, t.Cc[unix.VEOF:unix.VEOF+1])
	}
}

// Resize tells the process's terminal how large its window is. Without a terminal it
// does nothing.
func (s *Streams) Resize(width, height uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.screen == nil {
		return nil
	}
	if width > 0xffff || height > 0xffff {
		return fmt.Errorf("resize the terminal to %d columns of %d: too large", width, height)
	}
	err := s.screen.input(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)})
	})
	return os.NewSyscallError("resize the terminal", err)
}

// CloseStdin lets the process's input end, after what was written already, as soon
// as the engine has closed its end too.
func (s *Streams) CloseStdin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold >= 0 {
		unix.Close(s.hold)
		s.hold = -1
	}
}
