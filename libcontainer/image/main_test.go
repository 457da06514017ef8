package image

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain runs the tests, or one of the roles that tests start this binary
// in, and fails if a test leaves a descriptor or a child behind.
func TestMain(m *testing.M) {
	if dir := os.Getenv(writeImagesEnv); dir != "" {
		exitWith(writeImages(dir))
	}
	if os.Getenv(forbidMemfdEnv) != "" {
		exitWith(startWithoutMemfd())
	}
	// The runtime keeps what it needs to poll.
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
	before := openFiles()
	code := m.Run()
	if after := openFiles(); !slices.Equal(before, after) {
		fmt.Fprintf(os.Stderr, "descriptors before the tests: %q, after: %q\n", before, after)
		code = 1
	}
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

// openFiles returns what this process's descriptors refer to.
func openFiles() []string {
	entries, _ := os.ReadDir("/proc/self/fd")
	var files []string
	for _, e := range entries {
		// The directory itself is among the entries, but closed by now.
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			files = append(files, e.Name()+" "+to)
		}
	}
	return files
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
