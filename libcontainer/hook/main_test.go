package hook

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestMain looks for descriptors that the tests have left open.
func TestMain(m *testing.M) {
	before := descriptors()
	status := m.Run()
	if after := descriptors(); status == 0 && after > before {
		fmt.Fprintf(os.Stderr, "%d descriptors are open, %d before\n", after, before)
		status = 1
	}
	os.Exit(status)
}

func descriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	// The poller of the runtime is not there before it is used.
	n := 0
	for _, d := range list {
		target, _ := os.Readlink("/proc/self/fd/" + d.Name())
		if !strings.HasPrefix(target, "anon_inode:[event") {
			n++
		}
	}
	return n
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
