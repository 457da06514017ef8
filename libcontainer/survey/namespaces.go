package survey

import (
	"os"
	"strconv"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// namespaces looks at the namespaces that are to be joined.
func (g *gatherer) namespaces() {
	g.facts.Namespaces = map[string]check.Namespace{}
	for _, n := range g.linux.Namespaces {
		if n.Path != "" {
			g.facts.Namespaces[n.Path] = namespaceAt(n.Path)
		}
	}
}

// namespaceAt returns what is at a path. Only what is a namespace is opened: to open
// another file may do something.
func namespaceAt(path string) check.Namespace {
	at, err := linux.Open(path, unix.O_PATH, 0)
	if err != nil {
		return check.Namespace{Problem: noFile(path, err).Problem}
	}
	defer unix.Close(at)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(at, &fs); err != nil || fs.Type != unix.NSFS_MAGIC {
		return check.Namespace{Problem: path + " is not a namespace"}
	}
	fd, err := linux.Open("/proc/self/fd/"+strconv.Itoa(at), unix.O_RDONLY, 0)
	if err != nil {
		return check.Namespace{Problem: noFile(path, err).Problem}
	}
	defer unix.Close(fd)
	flag, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE) // Linux 4.11, ioctl_ns(2)
	if err != nil {
		return check.Namespace{}
	}
	t := typeOf(uintptr(flag))
	return check.Namespace{Type: t, Own: isOwn(fd, t)}
}

// typeOf returns the type of namespaces with this CLONE_NEW flag, or "".
func typeOf(flag uintptr) specs.LinuxNamespaceType {
	for _, t := range types() {
		if f, _, _ := spec.Namespace(t); f == flag {
			return t
		}
	}
	return ""
}

// types returns all types of namespaces.
func types() []specs.LinuxNamespaceType {
	return []specs.LinuxNamespaceType{
		specs.CgroupNamespace, specs.IPCNamespace, specs.MountNamespace, specs.NetworkNamespace,
		specs.PIDNamespace, specs.TimeNamespace, specs.UserNamespace, specs.UTSNamespace,
	}
}

// isOwn reports whether the namespace that fd stands for is the one that this process
// is in.
func isOwn(fd int, t specs.LinuxNamespaceType) bool {
	_, file, ok := spec.Namespace(t)
	if !ok {
		return false
	}
	var theirs, ours unix.Stat_t
	return unix.Fstat(fd, &theirs) == nil && unix.Stat("/proc/self/ns/"+file, &ours) == nil &&
		theirs.Ino == ours.Ino && theirs.Dev == ours.Dev
}

// userNamespaces says why there can be no user namespace, or "".
func (g *gatherer) userNamespaces() string {
	switch {
	case read("/proc/sys/user/max_user_namespaces") == "0":
		return "/proc/sys/user/max_user_namespaces is 0, so there can be none"
	case os.Geteuid() == 0:
		return ""
	case read("/proc/sys/kernel/unprivileged_userns_clone") == "0": // Debian's kernels
		return "kernel.unprivileged_userns_clone is 0, so only root can make one"
	case g.host.Security.RestrictedUserns && read("/proc/self/attr/apparmor/current") == "unconfined":
		return "kernel.apparmor_restrict_unprivileged_userns is 1, and no AppArmor profile lets rt make one"
	}
	return ""
}
