package elfhead

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
)

// TestMain looks for descriptors that the tests have left open.
func TestMain(m *testing.M) { os.Exit(leak.Main(m)) }
