package hook

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
)

// TestMain looks for descriptors that the tests have left open.
func TestMain(m *testing.M) {
	before := leak.OpenDescriptors()
	status := m.Run()
	if left := leak.OpenDescriptors().Since(before); status == 0 && left != nil {
		fmt.Fprintf(os.Stderr, "the tests left open: %q\n", left)
		status = 1
	}
	os.Exit(status)
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
