package hook

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
)

// TestMain looks for descriptors that the tests have left open.
func TestMain(m *testing.M) { os.Exit(leak.Main(m)) }

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
