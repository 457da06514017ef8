// Package engines tests rt under the engines that people use it with: each is
// started for real, from the distribution's packages or, as BuildKit, from the
// Go module proxy, and told to run its containers with rt.
//
// make test-engines installs the engines and runs these tests. They take
// minutes and need programs that nobody else needs, so go test alone skips
// them. They need no network: the images are made of busybox on the spot.
//
// The whole test runs in a room of its own: see room_test.go. With SUITE= the
// engines are those of another release of Debian: see tree_test.go.
package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	docs "github.com/oci-rt/rt/tests/example"
	"github.com/oci-rt/rt/tests/need"
)

// Environment variables.
const (
	// roomVar says where in the room this process is.
	roomVar = "TEST_ENGINES_ROOM"
	// treeVar names a directory with the system whose engines are tested, if they
	// are not the machine's.
	treeVar = "TEST_ENGINES_TREE"
	// buildkitVar names a directory with BuildKit's programs, which no distribution has.
	buildkitVar = "TEST_ENGINES_BUILDKIT"
	// containerdVar names a directory with the programs of a containerd that is newer
	// than the distribution's.
	containerdVar = "TEST_ENGINES_CONTAINERD"
	// criToolsVar names a directory with crictl and critest.
	criToolsVar = "TEST_ENGINES_CRITOOLS"
	// shimVar names the shim under test.
	shimVar = "SHIM"
)

// binary is the rt under test: an absolute path. TestMain sets it.
var binary string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if command := os.Getenv(cniVar); command != "" {
		return networkPlugin(command)
	}
	if status, is := docs.Tool(); is {
		return status
	}
	if os.Getenv(need.Engines) == "" || os.Geteuid() != 0 {
		return m.Run() // every test is skipped
	}
	var err error
	if binary, err = filepath.Abs(os.Getenv("RT")); err != nil || os.Getenv("RT") == "" {
		fmt.Fprintln(os.Stderr, "RT does not name the binary to test:", err)
		return 1
	}
	return inRoom(m)
}

// needEngine skips the test unless it is asked for and can run.
func needEngine(t *testing.T, programs ...string) {
	t.Helper()
	need.Engine(t, programs...)
}
