package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

var hostRules = [...]Rule{
	{"old-kernel", Host, Error, "the kernel is older than rt needs", "No container can start."},
	{"missing-rootfs", Host, Error, "root.path is not a directory", "There is nothing to run in."},
	{"noexec-rootfs", Host, Error, "the rootfs is on a file system that is mounted noexec", "Nothing in it can be executed."},
	{"missing-program", Host, Error, "the rootfs has no such program, or one that cannot be executed: it is for another machine, or its interpreter or dynamic loader is missing",
		"It is looked for as execve(2) and PATH find it, without leaving the rootfs. Nothing is said of what a mount may bring, nor of other machines' programs where binfmt_misc has emulators."},
	{"missing-source", Host, Error, "the source of a mount does not exist, or cannot be reached", "rt does not make it."},
	{"missing-hook", Host, Error, "a hook's program does not exist or is not executable", "The container cannot be made, or not be deleted without a warning."},
	{"missing-device", Host, Error, "the host has no such device node, which would have to be mounted", "An ordinary user, and the root of a user namespace, cannot make device nodes: the host's are mounted."},
	{"missing-net-device", Host, Error, "the host has no network device of this name", "It is to be moved into the container."},
	{"bad-namespace", Host, Error, "the path does not lead to a namespace of this type", "It cannot be joined."},
	{"unsupported-namespace", Host, Error, "this kernel does not have the type of namespaces, or forbids it", "It cannot be made."},
	{"needs-user-namespace", Host, Error, "an ordinary user's container has no user namespace", "Only below one may the user make the others."},
	{"unsupported-filesystem", Host, Error, "this kernel does not have the file system",
		"It cannot be mounted. If it is not known which modules there are, the severity is warning."},
	{"unsupported-lsm", Host, Error, "AppArmor or SELinux is not there, or does not know the profile", "rt does not start a program less confined than asked for."},
	{"unsupported-seccomp", Host, Error, "this kernel does not have a flag or an action of the filter, or the filter cannot be compiled", "The filter cannot be loaded."},
	{"unsupported-sysctl", Host, Error, "this kernel does not have the parameter, or it would be set on the host", "It cannot be set."},
	{"unsupported-limit", Host, Error, "a limit of linux.resources cannot be set here", "Its cgroup controller is missing, or what it is about."},
	{"unsupported-cgroup", Host, Error, "the runtime may not make the cgroup", "An administrator has to delegate one."},
	{"unsupported-rdt", Host, Error, "resctrl is not mounted", "linux.intelRdt needs it."},
	{"unmapped-id", Host, Error, "the user may not map these ids", "An ordinary user maps the own id and those of /etc/subuid and /etc/subgid, with newuidmap and newgidmap."},
	{"high-rlimit", Host, Error, "the resource limit is above what the runtime may set", "To raise one needs CAP_SYS_RESOURCE."},
	{"unavailable-capability", Host, Warning, "the runtime does not have the capability itself", "It is left out, as the specification demands."},
}

// host applies the rules about the host.
func (c *checker) host() {
	if c.facts.Trouble != "" {
		c.find("old-kernel", spec.ConfigFile, c.facts.Trouble, "")
	}
	c.rootfs()
	c.mountSources()
	c.hooks()
	c.hostDevices()
	c.joined()
	c.ordinary()
	c.kernel()
	c.resources()
	c.ids()
	c.available()
	c.bundle()
}

func (c *checker) rootfs() {
	if root := c.spec.Root; root != nil && root.Path != "" {
		switch f := c.facts.Files[root.Path]; {
		case f.Problem != "":
			c.find("missing-rootfs", "root.path", f.Problem, "a directory, absolute or relative to the bundle")
		case f.Kind != unix.S_IFDIR:
			c.find("missing-rootfs", "root.path", "is not a directory", "a directory, absolute or relative to the bundle")
		case c.facts.RootfsNoExec:
			c.find("noexec-rootfs", "root.path", root.Path+" is on a file system that is mounted noexec", "it mounted exec")
		}
	}
	if p := c.facts.Program; p.Problem != "" {
		c.find("missing-program", "process.args[0]", p.Problem, p.Want)
	}
}

func (c *checker) mountSources() {
	for i := range c.mounts {
		m := &c.mounts[i]
		if m.Remount {
			continue
		}
		if !m.Bind {
			c.filesystem(i, m)
			continue
		}
		if f := c.facts.Files[m.Source]; f.Problem != "" {
			c.find("missing-source", element("mounts", i, "source"), f.Problem, "a file or directory of the host")
		}
	}
}

// filesystem is about new mounts. Type cgroup means the version that the host has.
func (c *checker) filesystem(i int, m *mount) {
	k := &c.facts.Kernel
	kind, _, _ := strings.Cut(m.Type, ".") // fuse.sshfs
	if kind == "" || kind == "cgroup" || slices.Contains(k.Filesystems, kind) {
		return
	}
	severity, problem := Error, "this kernel does not have "+m.Type+", nor a module for it"
	if k.MaybeMore {
		severity, problem = Warning, "this kernel does not have "+m.Type+", unless it can load a module"
	}
	c.findAs(severity, "unsupported-filesystem", element("mounts", i, "type"), problem, "a type of /proc/filesystems")
}

func (c *checker) hooks() {
	for _, stage := range hookStages {
		for i, h := range spec.Hooks(c.spec.Hooks, stage) {
			at := spec.HookPath(stage, i) + ".path"
			f, ok := c.facts.Files[h.Path]
			if !ok || stage == spec.StartContainer { // which is in the container
				continue
			}
			switch {
			case f.Problem != "":
				c.find("missing-hook", at, f.Problem, "the path of a program")
			case f.Kind != unix.S_IFREG:
				c.find("missing-hook", at, h.Path+" is not a regular file", "the path of a program")
			}
			if f.Writers != "" {
				c.find("writable-hook", at, f.Writers, "a program that only root can change")
			}
		}
	}
}

func (c *checker) bundle() {
	if f := c.facts.Files[spec.ConfigFile]; f.Writers != "" {
		c.find("writable-bundle", spec.ConfigFile, f.Writers, "a bundle that only root can change")
	}
}

// hostDevices is about device nodes that cannot be made.
func (c *checker) hostDevices() {
	if !c.facts.InUserNamespace && !c.facts.Ordinary && !spec.NewNamespace(c.spec, specs.UserNamespace) {
		return
	}
	for i := range c.linux.Devices {
		d := &c.linux.Devices[i]
		if f := c.facts.Files[d.Path]; f.Problem != "" && d.Type != "p" {
			c.find("missing-device", element("linux.devices", i, "path"), f.Problem, "the path of a device node of the host")
		}
	}
}

func (c *checker) joined() {
	for i := range c.linux.Namespaces {
		n := &c.linux.Namespaces[i]
		if n.Path == "" {
			c.newNamespace(i, n.Type)
			continue
		}
		switch f := c.facts.Namespaces[n.Path]; {
		case f.Problem != "":
			c.find("bad-namespace", element("linux.namespaces", i, "path"), f.Problem, "a file like /proc/PID/ns/"+string(n.Type))
		case f.Type != "" && f.Type != n.Type:
			c.find("bad-namespace", element("linux.namespaces", i, "path"),
				fmt.Sprintf("%s is a namespace of type %s", n.Path, f.Type), "one of type "+string(n.Type))
		}
	}
}

// ordinary is about containers of a user without privileges.
func (c *checker) ordinary() {
	if c.needsUserNamespace() {
		c.find("needs-user-namespace", "linux.namespaces", "has no user, without which an ordinary user can make no others", "user in it, with mappings of the user's ids")
	}
}

func (c *checker) needsUserNamespace() bool {
	return c.facts.Ordinary && c.facts.Capabilities>>unix.CAP_SYS_ADMIN&1 == 0 && spec.FindNamespace(c.spec, specs.UserNamespace) < 0
}

func (c *checker) newNamespace(i int, t specs.LinuxNamespaceType) {
	at := element("linux.namespaces", i, "type")
	if _, _, known := spec.Namespace(t); known && !slices.Contains(c.facts.Kernel.Namespaces, t) {
		c.find("unsupported-namespace", at, "this kernel has no namespaces of type "+string(t), "a kernel that is built with them")
	}
	if t == specs.UserNamespace && c.facts.NoUserNamespace != "" {
		c.find("unsupported-namespace", at, c.facts.NoUserNamespace, "")
	}
}
