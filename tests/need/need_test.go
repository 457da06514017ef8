package need

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMissing runs this test binary on a need that nothing meets, once with
// and once without MUST_WORK.
func TestMissing(t *testing.T) {
	if os.Getenv("NEED_TEST_CHILD") != "" {
		Program(t, "no-such-program-anywhere")
		t.Fatal("Program returned")
	}
	tests := map[string]string{
		"":  "--- SKIP: TestMissing",
		"1": "--- FAIL: TestMissing",
	}
	for must, want := range tests {
		cmd := exec.Command(os.Args[0], "-test.run=^TestMissing$", "-test.v")
		cmd.Env = append(os.Environ(), "NEED_TEST_CHILD=1", Must+"="+must)
		out, err := cmd.CombinedOutput()
		if !strings.Contains(string(out), want) || (err != nil) != (must != "") {
			t.Errorf("%s=%q: %v\n%s\nwant %s", Must, must, err, out, want)
		}
		if strings.Contains(string(out), "Program returned") {
			t.Errorf("%s=%q: the test went on without what it needs", Must, must)
		}
	}
}

func TestIsStatic(t *testing.T) {
	// Test binaries of rt are built without cgo and so are static themselves.
	static, err := isStatic("/proc/self/exe")
	if err != nil || !static {
		t.Errorf("isStatic(self) = %v, %v; want true (CGO_ENABLED=0?)", static, err)
	}
	if _, err := isStatic("/proc/self/status"); err == nil {
		t.Error("isStatic(a text file) = nil error")
	}
}
