// Package firststack gives the first goroutine, on which packages are initialised and
// main runs, a stack that is large enough. A program imports it for that alone.
//
// Go begins with a small stack, and doubles it by a copy each time that it is too small:
// three times while rt's packages are initialised. A copy looks up tables all over the
// program, and a stack of less than 32 KiB comes from a block whose pages are all
// touched when it is divided. That was 25 of the 360 page faults of "rt state", and 6 %
// of its CPU time.
//
// It imports nothing, and so is among the first packages to be initialised: the Go
// runtime takes them in the order of their paths as soon as what they import is ready
// (Go 1.21), and those that need a larger stack have paths or imports that come later.
package firststack

// room is what the stack has to have: in the next larger size, 32 KiB, all of rt's
// commands stay.
const room = 24 << 10

var _ = reserve(0)

// reserve has a frame of this size, which the stack grows for before the function
// begins, even if it does not use the frame.
//
//go:noinline
func reserve(n int) byte {
	if n == 0 {
		return 0
	}
	var frame [room]byte
	frame[n%room] = 1
	return frame[n*n%room]
}
