package spec_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/oci-rt/rt/spec"
)

func TestValidateHooks(t *testing.T) {
	hooks := func(list ...specs.Hook) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Hooks = &specs.Hooks{Poststart: list} }
	}
	testFaults(t, []faultTest{
		{"none", func(s *specs.Spec) { s.Hooks = &specs.Hooks{} }, ""},
		{"good", hooks(specs.Hook{Path: "/bin/a", Timeout: new(1)}, specs.Hook{Path: "/bin/b", Args: []string{""}, Env: []string{}}), ""},
		{"no path", hooks(specs.Hook{}), "hooks.poststart[0].path: is missing (want an absolute path)"},
		{"relative", hooks(specs.Hook{Path: "/a"}, specs.Hook{Path: "bin/a"}), `hooks.poststart[1].path: is "bin/a" (want an absolute path)`},
		{"timeout 0", hooks(specs.Hook{Path: "/a", Timeout: new(0)}), "hooks.poststart[0].timeout: is 0 (want more than 0 seconds)"},
		{"timeout -1", hooks(specs.Hook{Path: "/a", Timeout: new(-1)}), "hooks.poststart[0].timeout: is -1 (want more than 0 seconds)"},
		{"output", func(s *specs.Spec) { s.Annotations = map[string]string{"run.oci.hooks.stdout": "log"} },
			`annotations["run.oci.hooks.stdout"]: is "log" (want an absolute path)`},
	})
}

// Every stage is checked, and found by its name.
func TestHooks(t *testing.T) {
	s := new(specs.Spec)
	text := `{"hooks": {`
	for _, name := range spec.Features().Hooks {
		text += `"` + name + `": [{"path": "` + name + `"}],`
	}
	mustDecode(t, strings.TrimSuffix(text, ",")+`}}`, s)
	faults := spec.Validate(s).Error()
	for _, name := range spec.Features().Hooks {
		list := spec.Hooks(s.Hooks, spec.HookStage(name))
		if len(list) != 1 || list[0].Path != name {
			t.Errorf("%s: %+v", name, list)
		}
		if want := "hooks." + name + `[0].path: is "` + name + `"`; !strings.Contains(faults, want) {
			t.Errorf("%s: no %q in %s", name, want, faults)
		}
		if list := spec.Hooks(nil, spec.HookStage(name)); list != nil {
			t.Errorf("%s: %+v without hooks", name, list)
		}
	}
	if list := spec.Hooks(s.Hooks, "none"); list != nil {
		t.Errorf("none: %+v", list)
	}
}
