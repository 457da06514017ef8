package image

import (
	"fmt"
	"os"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// TestMain runs the tests, or one of the roles that tests start this binary
// in, and fails if a test leaves a descriptor or a child behind.
func TestMain(m *testing.M) {
	if os.Getenv(forbidMemfdEnv) != "" {
		exitWith(startWithoutMemfd())
	}
	code := leak.Main(m)
	if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		fmt.Fprintln(os.Stderr, "a child is left behind:", err)
		code = 1
	}
	os.Exit(code)
}

func exitWith(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// cannotRun skips a test that cannot run here, or fails it where everything
// has to run.
func cannotRun(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("MUST_WORK") == "1" {
		t.Fatal("cannot run here: " + reason)
	}
	t.Skip("cannot run here: " + reason)
}
