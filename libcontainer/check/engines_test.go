package check

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
)

// harmless are the configurations in which nothing may be found that is worse than
// Info: what engines generate by default, and with usual options.
var harmless = []string{
	"buildah_default", "docker_default", "docker_init", "docker_limits", "docker_nnp", "docker_tz", "docker_unconfined", "docker_vol",
	"kubernetes_default", "kubernetes_restricted", "kubernetes_sandbox", "podman_default", "podman_init", "rootless_default", "rootless_keepid",
}

// hostNamespaceFiles were the host's namespaces where the configurations come from:
// Docker's for --network=host, and those of a pod's sandbox that is in the host's.
var hostNamespaceFiles = []string{
	"/run/docker/netns/default", "/proc/336/ns/pid", "/proc/336/ns/ipc", "/proc/336/ns/uts", "/proc/336/ns/net",
}

// TestEngines has configurations that engines have generated: Docker 20.10, Podman 4.3
// (rootless as well), Buildah 1.28, and containerd 2's CRI plugin with what a kubelet
// asks for. Lists of system calls are cut to two elements, and directories of a test
// are those of an installed engine.
func TestEngines(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 30 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	worst := map[string]Severity{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		e := examine(t, text)
		facts := goodHost(e.Spec)
		for _, path := range hostNamespaceFiles {
			if n, ok := facts.Namespaces[path]; ok {
				n.Own = true
				facts.Namespaces[path] = n
			}
		}
		all := Check(e, facts)
		var lines strings.Builder
		for i := range all {
			f := &all[i]
			worst[name] = max(worst[name], f.Severity)
			fmt.Fprintf(&lines, "%d:%d: %s: %s [%s]\n", f.Place.Start.Line, f.Place.Start.Column, f.Severity, f, f.Rule)
		}
		golden.Compare(t, name+".txt", []byte(lines.String()))
	}
	for _, name := range harmless {
		if s, ok := worst[name]; !ok || s > Info {
			t.Errorf("%s: %s", name, s)
		}
		delete(worst, name)
	}
	for name, s := range worst {
		if s != Warning {
			t.Errorf("%s: %s, want a warning and no error", name, s)
		}
	}
}
