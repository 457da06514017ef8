package leak

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"time"
)

// Main runs the tests of a package, for its TestMain, and returns the exit status: it is a
// failure if the tests, or what they test, have left a descriptor open.
//
// What nobody closes the garbage collector closes, sooner or later. So there is no
// collection as long as the tests need little memory.
func Main(m *testing.M) int {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(memoryWithoutGC)
	before := OpenDescriptors()
	status := m.Run()
	if left := before.await(); status == 0 && left != nil {
		fmt.Fprintf(os.Stderr, "the tests left open: %q\n", left)
		status = 1
	}
	return status
}

// memoryWithoutGC is the memory that the tests of one package may take before garbage is
// collected.
const memoryWithoutGC = 1 << 30

// await returns what is open besides d. It waits a little for goroutines that are about to
// close something.
func (d Descriptors) await() []string {
	for deadline := time.Now().Add(settle); ; time.Sleep(20 * time.Millisecond) {
		left := OpenDescriptors().Since(d)
		if left == nil || time.Now().After(deadline) {
			return left
		}
	}
}
