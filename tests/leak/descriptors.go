package leak

import (
	"os"
	"slices"
)

// Descriptors are the open descriptors of this process: the number of each, and what
// it refers to. They are told apart and not counted, because files of earlier tests
// may be closed meanwhile: by the garbage collector, or by a goroutine that ends.
type Descriptors map[string]string

// OpenDescriptors returns those that are open now.
func OpenDescriptors() Descriptors {
	startPoller()
	open := Descriptors{}
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		// The directory itself is among the entries, but closed by now.
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			open[e.Name()] = to
		}
	}
	return open
}

// startPoller lets the Go runtime open what it polls with, which it then keeps.
func startPoller() {
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
}

// Since lists those of d that were not open before, as "number target".
func (d Descriptors) Since(before Descriptors) []string {
	var list []string
	for fd, to := range d {
		if before[fd] != to {
			list = append(list, fd+" "+to)
		}
	}
	slices.Sort(list)
	return list
}
