package spec

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Warnings returns what is questionable in a configuration without being
// wrong: what the specification wants reported but not refused.
func Warnings(s *specs.Spec) Faults {
	var w Faults
	if s.Process != nil {
		warnCapabilities(&w, s.Process.Capabilities)
		warnEnv(&w, s.Process.Env)
	}
	for i, m := range s.Mounts {
		if m.Destination != "" && m.Destination[0] != '/' {
			w.addf(index("mounts", i, "destination"), "an absolute path", "is %q, taken as relative to /", m.Destination)
		}
	}
	if s.Linux != nil && s.Linux.Resources != nil && s.Linux.Resources.Memory != nil {
		warnMemory(&w, s.Linux.Resources.Memory)
	}
	return w
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

// warnCapabilities reports names that rt does not know and capabilities that
// the kernel cannot grant: effective ones that are not permitted, and ambient
// ones that are not permitted and inheritable (capabilities(7)).
func warnCapabilities(w *Faults, c *specs.LinuxCapabilities) {
	if c == nil {
		return
	}
	const at = "process.capabilities."
	permitted := CapabilityMask(c.Permitted)
	all := ^uint64(0)
	warnSet(w, at+"bounding", c.Bounding, all, "")
	warnSet(w, at+"effective", c.Effective, permitted, "the permitted set")
	warnSet(w, at+"inheritable", c.Inheritable, all, "")
	warnSet(w, at+"permitted", c.Permitted, all, "")
	warnSet(w, at+"ambient", c.Ambient, permitted&CapabilityMask(c.Inheritable), "the permitted and the inheritable set")
}

func warnSet(w *Faults, at string, names []string, within uint64, sets string) {
	for i, name := range names {
		bit, ok := Capability(name)
		switch {
		case !ok:
			w.addf(index(at, i, ""), "a name of capabilities(7), like CAP_CHOWN", "is %q, which is unknown and ignored", name)
		case within&(1<<bit) == 0:
			w.addf(index(at, i, ""), "it in "+sets+" too", "is %s, which cannot be granted", name)
		}
	}
}

func warnEnv(w *Faults, env []string) {
	for i, e := range env {
		if strings.IndexByte(e, '=') <= 0 {
			w.addf(index("process.env", i, ""), "NAME=value", "is %q", e)
		}
	}
}
