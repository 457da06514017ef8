package spec

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Warnings returns what is questionable in a configuration but not wrong: what
// the specification wants to be reported but not refused. Capabilities are left
// out: package process knows which of them can be granted.
func Warnings(s *specs.Spec) Faults {
	var w Faults
	if s.Process != nil {
		warnEnv(&w, s.Process.Env)
	}
	for i, m := range s.Mounts {
		if m.Destination != "" && m.Destination[0] != '/' {
			w.addf(index("mounts", i, "destination"), "an absolute path", "is %q, taken as relative to /", m.Destination)
		}
	}
	warnMappings(&w, s)
	if s.Linux != nil && s.Linux.Resources != nil && s.Linux.Resources.Memory != nil {
		warnMemory(&w, s.Linux.Resources.Memory)
	}
	return w
}

// warnMappings reports mappings of ids without a user namespace. Other runtimes
// ignore them, so engines and tools write them.
func warnMappings(w *Faults, s *specs.Spec) {
	if s.Linux == nil || hasNamespace(s, specs.UserNamespace) {
		return
	}
	for _, m := range idMaps(s.Linux) {
		if len(m.list) > 0 {
			w.add(m.at, "user in linux.namespaces", "is ignored without a user namespace")
		}
	}
}

// warnMemory reports settings that the kernel or cgroup v2 gave up: limits for
// kernel memory (Linux 5.4) and for TCP buffers, and flat hierarchies (5.11).
func warnMemory(w *Faults, m *specs.LinuxMemory) {
	const at = "linux.resources.memory."
	obsolete := func(name string, set bool) {
		if set {
			w.add(at+name, "", "is obsolete and ignored")
		}
	}
	//lint:ignore SA1019 it is only reported
	obsolete("kernel", m.Kernel != nil)
	obsolete("kernelTCP", m.KernelTCP != nil)
	obsolete("useHierarchy", m.UseHierarchy != nil)
}

func warnEnv(w *Faults, env []string) {
	for i, e := range env {
		if strings.IndexByte(e, '=') <= 0 {
			w.addf(index("process.env", i, ""), "NAME=value", "is %q", e)
		}
	}
}
