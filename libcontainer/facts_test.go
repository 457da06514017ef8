package libcontainer

import (
	"math"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// TestInUserNamespace compares with the map of ids, here and in a namespace
// that maps all ids to themselves, which the map does not tell from the host's.
func TestInUserNamespace(t *testing.T) {
	if os.Getenv("FACTS_TEST_CHILD") != "" {
		if !inUserNamespace() {
			t.Fatal("a new user namespace is not seen")
		}
		return
	}
	need.Root(t)
	need.UserNamespaces(t)
	ids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		t.Fatal(err)
	}
	if want := string(ids) != "         0          0 4294967295\n"; inUserNamespace() != want {
		t.Errorf("with the map %q: got %v", ids, !want)
	}
	all := []syscall.SysProcIDMap{{Size: int(min(uint64(math.MaxUint32), math.MaxInt))}} // fewer where an int has 32 bits
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestInUserNamespace$")
	cmd.Env = append(os.Environ(), "FACTS_TEST_CHILD=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, UidMappings: all, GidMappings: all}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
