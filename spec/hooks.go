package spec

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// HookStage is the point in a container's life at which hooks run, by the name
// of their list in hooks (config.md, "POSIX-platform Hooks").
type HookStage string

const (
	Prestart        HookStage = "prestart"
	CreateRuntime   HookStage = "createRuntime"
	CreateContainer HookStage = "createContainer"
	StartContainer  HookStage = "startContainer"
	Poststart       HookStage = "poststart"
	Poststop        HookStage = "poststop"
)

// hookStages are the stages in the order in which a container goes through them.
var hookStages = [...]struct {
	name HookStage
	list func(*specs.Hooks) []specs.Hook
}{
	//lint:ignore SA1019 the specification still has it
	{Prestart, func(h *specs.Hooks) []specs.Hook { return h.Prestart }},
	{CreateRuntime, func(h *specs.Hooks) []specs.Hook { return h.CreateRuntime }},
	{CreateContainer, func(h *specs.Hooks) []specs.Hook { return h.CreateContainer }},
	{StartContainer, func(h *specs.Hooks) []specs.Hook { return h.StartContainer }},
	{Poststart, func(h *specs.Hooks) []specs.Hook { return h.Poststart }},
	{Poststop, func(h *specs.Hooks) []specs.Hook { return h.Poststop }},
}

// Hooks returns the hooks of a stage. hooks may be nil.
func Hooks(hooks *specs.Hooks, stage HookStage) []specs.Hook {
	for _, s := range hookStages {
		if s.name == stage && hooks != nil {
			return s.list(hooks)
		}
	}
	return nil
}

// HasHooks reports whether there are hooks of any of these stages. hooks may be
// nil.
func HasHooks(hooks *specs.Hooks, stages ...HookStage) bool {
	return slices.ContainsFunc(stages, func(s HookStage) bool { return len(Hooks(hooks, s)) > 0 })
}

// CreateHooks returns the stages of hooks that run while a container is created,
// before its root is changed.
func CreateHooks() []HookStage { return []HookStage{Prestart, CreateRuntime, CreateContainer} }

// HookPath returns the JSON path of a hook.
func HookPath(stage HookStage, i int) string { return index("hooks."+string(stage), i, "") }

func hookStageNames() []string {
	names := make([]string, 0, len(hookStages))
	for _, s := range hookStages {
		names = append(names, string(s.name))
	}
	return names
}

// hooks checks the hooks of all stages.
func (v *validator) hooks() {
	if v.spec.Hooks == nil {
		return
	}
	for _, s := range hookStages {
		for i, h := range s.list(v.spec.Hooks) {
			at := HookPath(s.name, i)
			v.absolute(at+".path", h.Path)
			if h.Timeout != nil && *h.Timeout <= 0 {
				v.faults.addf(at+".timeout", "more than 0 seconds", "is %d", *h.Timeout)
			}
		}
	}
}
