package compile

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/spec"
)

// refusal is the form of an error about a configuration: it begins with the
// JSON path of a setting, or the name of the file.
var refusal = regexp.MustCompile(`^(config\.json|(\w+|\["([^"\\]|\\.)*"\])(\.\w+|\[\d+\]|\["([^"\\]|\\.)*"\])*)(: | \()`)

// fuzzTimeout is far more than a start takes on the slowest machine.
const fuzzTimeout = 10 * time.Second

// FuzzCompile changes configurations, loads and compiles them. Nothing may
// panic or hang. The error of a refused configuration has a JSON path for each
// fault, one a line. An accepted configuration makes a program that can be
// printed. FuzzLoad of package spec does the same with text that need not be
// JSON.
func FuzzCompile(f *testing.F) {
	names := []string{"default", "docker", "podman", "pause"}
	for i := range names {
		for seed := range byte(64) {
			f.Add(byte(i)|seed&4, []byte{seed, seed * 7, seed * 31, 1, seed, 3, seed * 5, 2, seed, seed * 3})
		}
	}
	bundle := f.TempDir()
	if err := os.Mkdir(filepath.Join(bundle, "rootfs"), 0o755); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name byte, script []byte) {
		s := testSpec(t, names[int(name)%len(names)])
		s.Process.Terminal = false
		edit(s, script)
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		loadAndCompile(t, bundle, data, fuzzHost(name&4 != 0))
		if took := time.Since(start); took > fuzzTimeout {
			t.Errorf("took %v", took)
		}
	})
}

// fuzzHost is a host with cgroup v1, hybrid as most are, or v2.
func fuzzHost(v1 bool) Host {
	host := testHost()
	if v1 {
		host.Cgroup = &cgroup.Config{Version: 1, Hierarchies: []cgroup.Hierarchy{
			{Controllers: []string{"name=systemd"}, Mount: "/sys/fs/cgroup/systemd", Path: "/test"},
			{Controllers: []string{"cpu", "cpuacct"}, Mount: "/sys/fs/cgroup/cpu,cpuacct", Path: "/test"},
			{Mount: "/sys/fs/cgroup/unified", Path: "/test"},
		}}
	}
	return host
}

func loadAndCompile(t *testing.T, bundle string, config []byte, host Host) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(bundle, spec.ConfigFile), config, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := spec.Load(bundle)
	if err != nil {
		var faults spec.Faults
		if !errors.As(err, &faults) {
			t.Fatalf("load: %v", err)
		}
		checkRefusal(t, err)
		return
	}
	for _, w := range spec.Warnings(s) {
		checkRefusal(t, errors.New(w.String()))
	}
	p, err := Start(s, host, Options{Bundle: bundle, WaitForStart: true})
	if err != nil {
		checkRefusal(t, err)
		return
	}
	if err := errors.Join(p.Program.WriteText(io.Discard), p.Program.WriteJSON(io.Discard)); err != nil {
		t.Error(err)
	}
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !refusal.MatchString(line) {
			t.Errorf("does not begin with a JSON path: %q of %q", line, err)
		}
	}
}
