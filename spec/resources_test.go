package spec

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestLoadResources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "resources.json")
	load := func(text string) (*specs.LinuxResources, error) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return LoadResources(file)
	}
	limit := int64(5)
	for text, want := range map[string]*specs.LinuxResources{
		`{}`:                                 {},
		`null`:                               {},
		`{"memory":{"limit":5},"unknown":1}`: {Memory: &specs.LinuxMemory{Limit: &limit}},
	} {
		got, err := load(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", text, d)
		}
	}
	for text, want := range map[string]string{
		`{"pids":{"limit":"5"}}`: "linux.resources.pids.limit: is a string (want a whole number from -9223372036854775808 to 9223372036854775807)",
		`[]`:                     "linux.resources: is an array (want an object)",
	} {
		if _, err := load(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if _, err := load(`{`); err == nil {
		t.Error("half an object is taken")
	}
	if _, err := LoadResources(file + ".none"); err == nil {
		t.Error("a missing file is taken")
	}
}

func TestValidateUpdate(t *testing.T) {
	swap, limit, period := int64(10), int64(20), uint64(5)
	tests := []struct {
		res  *specs.LinuxResources
		rdt  *specs.LinuxIntelRdt
		want string
	}{
		{nil, nil, ""},
		{&specs.LinuxResources{Memory: &specs.LinuxMemory{Swap: &swap}}, nil, ""},
		{&specs.LinuxResources{
			Memory: &specs.LinuxMemory{Swap: &swap, Limit: &limit}, CPU: &specs.LinuxCPU{Period: &period, Cpus: "0\x001"}},
			&specs.LinuxIntelRdt{MemBwSchema: "L3:0=f"},
			"linux.resources.memory.swap: is 10, less than memory.limit 20 (want the sum of memory and swap)\n" +
				"linux.resources.cpu.period: is 5 (want 1000 to 1000000 microseconds)\n" +
				`linux.resources.cpu.cpus: is "0\x001" (want a list like 0-3,7)` + "\n" +
				`linux.intelRdt.memBwSchema: is "L3:0=f" (want one line that begins with MB:)` + "\n" +
				"linux.resources.cpu.cpus: contains a NUL character (want text)"},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, ValidateUpdate(tt.res, tt.rdt).Error()); d != "" {
			t.Error("(-want +got)\n" + d)
		}
	}
}

func TestUpdateWarnings(t *testing.T) {
	kernel := int64(5)
	//lint:ignore SA1019 it is only warned of
	w := UpdateWarnings(&specs.LinuxResources{Memory: &specs.LinuxMemory{Kernel: &kernel}})
	if want := "linux.resources.memory.kernel: is obsolete and ignored"; w.Error() != want {
		t.Errorf("%q, want %q", w.Error(), want)
	}
}
