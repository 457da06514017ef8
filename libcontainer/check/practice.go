package check

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// practice applies the rules of good practice, and those about settings that the
// specification allows but does not want.
func (c *checker) practice() {
	c.deprecated()
	c.namespaces()
	c.user()
	c.capabilities()
	c.confinement()
	c.procfs()
	c.sysfs()
	c.sources()
	c.propagation()
	c.hidden()
	c.devices()
	c.limits()
	c.annotations()
}

// ownUsers reports whether the container's ids and capabilities are those of a user
// namespace and not of the host.
func (c *checker) ownUsers() bool {
	i := spec.FindNamespace(c.spec, specs.UserNamespace)
	if c.facts == nil {
		return i >= 0
	}
	return c.facts.InUserNamespace || i >= 0 && !c.isHosts(i)
}

// unless returns Info if something makes a finding harmless.
func unless(harmless bool) Severity {
	if harmless {
		return Info
	}
	return Warning
}

func (c *checker) user() {
	if c.proc.User.UID == 0 && !c.ownUsers() {
		c.find("host-root", "process.user.uid", "is 0, without a user namespace", "another user, or user in linux.namespaces")
	}
}

// confinement is about what confines a process besides namespaces.
func (c *checker) confinement() {
	c.seccomp()
	if p := c.proc.ApparmorProfile; (p == "" || p == "unconfined") && c.proc.SelinuxLabel == "" {
		c.find("no-lsm", "process", "has neither apparmorProfile nor selinuxLabel", "one that the host's security module knows")
	}
	if !c.proc.NoNewPrivileges {
		c.find("new-privileges", "process.noNewPrivileges", "is not set", "true")
	}
	if adj := c.proc.OOMScoreAdj; adj != nil && *adj == -1000 {
		c.find("never-killed", "process.oomScoreAdj", "is -1000", "-999 or more")
	}
	if root := c.spec.Root; root != nil && !root.Readonly {
		c.find("writable-rootfs", "root.readonly", "is not set", "true, and a volume or tmpfs for what is written")
	}
}

func (c *checker) seccomp() {
	s := c.linux.Seccomp
	if s == nil {
		c.find("no-seccomp", "linux.seccomp", "is missing: all system calls are allowed", "a filter that allows what is needed, like the default of Docker and Podman")
		return
	}
	switch s.DefaultAction {
	case specs.ActAllow, specs.ActLog:
		c.find("no-seccomp", "linux.seccomp.defaultAction", "is "+string(s.DefaultAction)+": calls that the filter does not name are allowed", "SCMP_ACT_ERRNO")
	}
}

// limits is about resources that containers take from each other.
func (c *checker) limits() {
	memory, pids := orEmpty(c.res.Memory).Limit, orEmpty(c.res.Pids).Limit
	if (memory == nil || *memory <= 0) && c.res.Unified["memory.max"] == "" {
		c.find("no-memory-limit", "linux.resources.memory.limit", "is not set", "the most bytes that the container needs")
	}
	if (pids == nil || *pids < 0) && c.res.Unified["pids.max"] == "" {
		c.find("no-pids-limit", "linux.resources.pids.limit", "is not set", "the most processes that the container needs")
	}
}

func (c *checker) annotations() {
	unsafe := spec.Features().PotentiallyUnsafeConfigAnnotations
	for _, key := range sortedKeys(c.spec.Annotations) {
		obeyed := slices.ContainsFunc(unsafe, func(u string) bool {
			return key == u || strings.HasSuffix(u, ".") && strings.HasPrefix(key, u)
		})
		if obeyed {
			c.find("host-annotation", member("annotations", key), "is obeyed by the runtime", "none that a user of the engine has chosen")
		}
	}
}

// hookStages are all stages.
var hookStages = [...]spec.HookStage{spec.Prestart, spec.CreateRuntime, spec.CreateContainer, spec.StartContainer, spec.Poststart, spec.Poststop}

func (c *checker) deprecated() {
	for _, w := range spec.Warnings(c.spec) {
		rule := "ignored-setting"
		switch {
		case strings.HasPrefix(w.Path, "process.env"):
			rule = "malformed-variable"
		case strings.HasPrefix(w.Path, "mounts"), strings.HasPrefix(w.Path, "linux.resources.memory"):
			rule = "deprecated-setting"
		}
		c.find(rule, w.Path, w.Problem, w.Want)
	}
	if len(spec.Hooks(c.spec.Hooks, spec.Prestart)) > 0 {
		c.find("deprecated-setting", "hooks.prestart", "is deprecated", "createRuntime, createContainer or startContainer")
	}
	if s := c.linux.Seccomp; s != nil {
		c.killAction("linux.seccomp.defaultAction", s.DefaultAction)
		for i := range s.Syscalls {
			c.killAction(element("linux.seccomp.syscalls", i, "action"), s.Syscalls[i].Action)
		}
	}
}

// killAction reports libseccomp's old name of an action, which does not say that only
// one thread is killed.
func (c *checker) killAction(at string, a specs.LinuxSeccompAction) {
	if a == specs.ActKill {
		c.find("deprecated-setting", at, "is SCMP_ACT_KILL, which ends one thread", "SCMP_ACT_KILL_PROCESS or SCMP_ACT_KILL_THREAD")
	}
}

// faults reports what package spec has found.
func (c *checker) faults(faults spec.Faults) {
	for _, f := range faults {
		rule := "invalid-setting"
		if f.At != nil {
			rule = "not-json"
		}
		c.find(rule, f.Path, f.Problem, f.Want)
	}
}
