package guest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
)

// TestOldKernel: on a kernel that is too old rt makes nothing and says so, in
// one line; what needs no kernel still works.
func TestOldKernel(t *testing.T) {
	if setting(t, "RT_VM_KERNEL") != "5.10" {
		t.Skip("is about kernels older than those that rt supports")
	}
	rt := setting(t, "RT")
	dir, state := filepath.Join(t.TempDir(), "b"), filepath.Join(t.TempDir(), "state")
	if err := bundle.Make(bundle.Config{Dir: dir, Runtime: rt, Busybox: need.Busybox(t), Tag: "old"}); err != nil {
		t.Fatal(err)
	}
	const want = "rt needs Linux 5.14 or later: this kernel is 5.10."
	for _, command := range []string{"run", "create"} {
		out, err := exec.Command(rt, "--root", state, command, "--bundle", dir, "c1").CombinedOutput()
		lines := strings.Count(string(out), "\n")
		if err == nil || !strings.Contains(string(out), want) || lines != 1 {
			t.Errorf("%s: %v: %q, want one line with %q", command, err, out, want)
		}
		t.Logf("rt %s: %s", command, out)
	}
	out, err := exec.Command(rt, "--root", state, "list", "-q").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("list: %v: %s", err, out)
	}
}
