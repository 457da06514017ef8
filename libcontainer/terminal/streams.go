package terminal

import (
	"os"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Streams are the streams of the user who sees a terminal. Each of them may be
// a terminal or not.
type Streams struct {
	In, Out, Err *os.File
}

// window returns the size of the window of the first stream that has one.
func (s Streams) window() *unix.Winsize {
	for _, file := range []*os.File{s.In, s.Out, s.Err} {
		w, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
		if err == nil && w.Row > 0 && w.Col > 0 {
			return w
		}
	}
	return nil
}

// Size returns the size of the window that the streams are shown in, or nil if
// none of them is a terminal with a window.
func (s Streams) Size() *specs.Box {
	w := s.window()
	if w == nil {
		return nil
	}
	return &specs.Box{Height: uint(w.Row), Width: uint(w.Col)}
}
