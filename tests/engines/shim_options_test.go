package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestShimCRIOptions has options of the runtime in a node's configuration: containerd passes
// them on as a table in TOML.
func TestShimCRIOptions(t *testing.T) {
	needEngine(t)
	root, group := t.TempDir(), fmt.Sprintf("/rt-shims-%d", os.Getpid())
	makeShimCgroup(t, group)
	e := startCRIWith(t, fmt.Sprintf("Root = %q\nShimCgroup = %q\nNoNewKeyring = true\n", root, group))
	p := e.runPod(t, "pod", object{"network": ofPod})
	if states, _ := filepath.Glob(filepath.Join(root, "k8s.io", p.id)); len(states) != 1 {
		t.Errorf("the pod's state is not in %s", root)
	}
	for _, pid := range shims(t) {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		if !strings.Contains(string(text), ":"+group+"\n") {
			t.Errorf("the shim is not in %s:\n%s", group, text)
		}
	}
	p.remove(t)
}

// TestShimCRIWrongOptions has some that rt's shim does not know, or cannot honour.
func TestShimCRIWrongOptions(t *testing.T) {
	for option, want := range map[string]string{
		`BinaryName = "/usr/sbin/runc"`: "BinaryName (/usr/sbin/runc): this runtime executes no other program",
		`SystemdCgroups = true`:         "unknown option SystemdCgroups",
		`ConfigPath = "/no/such/file"`:  "open /no/such/file: no such file or directory",
	} {
		t.Run(strings.Fields(option)[0], func(t *testing.T) {
			e := startCRIWith(t, option+"\n")
			config := e.writeJSON(t, "pod.json", object{
				"metadata": object{"name": "pod", "namespace": "default", "uid": "pod"}, "linux": object{"cgroup_parent": e.cgroupParent()},
			})
			e.fails(t, 1, want, "runp", config)
			checkShimGone(t)
		})
	}
}

// makeShimCgroup makes a cgroup, in v1's hierarchy of the memory controller or on v2, until the
// end of the test.
func makeShimCgroup(t *testing.T, name string) {
	t.Helper()
	top := "/sys/fs/cgroup/memory"
	if _, err := os.Stat(top); err != nil {
		top = "/sys/fs/cgroup"
	}
	dir := top + name
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !poll(func() bool { return unix.Rmdir(dir) == nil }) {
			t.Errorf("%s is left", dir)
		}
	})
}
