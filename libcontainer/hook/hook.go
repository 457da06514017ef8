// Package hook runs the programs that a configuration lists in hooks
// (config.md, "POSIX-platform Hooks").
//
// It does what all hooks have in common: it writes the container's state to
// stdin, enforces the time limit, and collects the output. Where a hook runs is
// decided by a [Start]. The one in this package starts a hook in the runtime's
// own namespaces.
package hook

import (
	"os"
	"time"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Hook is a hook of a container.
type Hook struct {
	specs.Hook
	Place string // JSON path
}

// List returns the hooks of a stage in their order. hooks may be nil.
func List(hooks *specs.Hooks, stage spec.HookStage) []Hook {
	var list []Hook
	for i, h := range spec.Hooks(hooks, stage) {
		list = append(list, Hook{Hook: h, Place: spec.HookPath(stage, i)})
	}
	return list
}

// String returns the hook as the beginning of an error message:
// "hooks.poststart[0] (/bin/notify)".
func (h *Hook) String() string { return h.Place + " (" + spec.Printable(h.Path) + ")" }

// Argv returns the hook's arguments. The first is its name, or its path if the
// configuration has no arguments.
func (h *Hook) Argv() []string {
	if len(h.Args) == 0 {
		return []string{h.Path}
	}
	return h.Args
}

// limit returns how long the hook may run, or 0 for as long as it likes.
func (h *Hook) limit() time.Duration {
	if h.Timeout == nil {
		return 0
	}
	return time.Duration(min(*h.Timeout, maxSeconds)) * time.Second
}

// maxSeconds is as good as no time limit, and can be multiplied.
const maxSeconds = 1 << 30

// Start starts the process of a hook with these standard streams, which the
// caller still owns. The process is a child of the calling process and leads a
// process group. The error names the hook.
type Start func(h *Hook, stdio [3]*os.File) (pid int, err error)
