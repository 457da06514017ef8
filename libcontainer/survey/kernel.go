package survey

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/mountinfo"
	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/libcontainer/hostinfo"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// kernel asks the kernel for what the configuration names.
func (g *gatherer) kernel() check.Kernel {
	k := check.Kernel{
		AppArmor: g.host.Security.AppArmor, SELinux: g.host.Security.SELinux != "", Profiles: profiles(),
		RlimitsAbove: g.rlimits(),
	}
	k.NrOpen, _ = strconv.ParseUint(read("/proc/sys/fs/nr_open"), 10, 64)
	for _, t := range types() {
		if _, file, _ := spec.Namespace(t); g.host.HasNamespace(file) {
			k.Namespaces = append(k.Namespaces, t)
		}
	}
	k.Filesystems, k.MaybeMore = g.filesystems()
	g.seccomp(&k)
	g.parameters(&k)
	if g.linux.IntelRdt != nil {
		k.NoResctrl = !isMounted("resctrl")
	}
	return k
}

// profiles returns the AppArmor profiles that are loaded, or nil if this process may
// not know that.
func profiles() []string {
	text := read("/sys/kernel/security/apparmor/profiles")
	if text == "" {
		return nil
	}
	list := []string{}
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " (")
		list = append(list, name)
	}
	return list
}

// filesystems returns the types that the kernel has or has a module for, and whether
// there may be more.
func (g *gatherer) filesystems() (types []string, more bool) {
	loadable, known := hostinfo.LoadableFilesystems(g.host.Kernel.Release)
	return slices.Concat(g.host.Filesystems, loadable), !known
}

func (g *gatherer) seccomp(k *check.Kernel) {
	s := g.linux.Seccomp
	if s == nil || !g.sound("linux.seccomp") {
		return
	}
	if actions := read("/proc/sys/kernel/seccomp/actions_avail"); actions != "" {
		k.SeccompActions = strings.Fields(actions)
	}
	names := make([]string, len(s.Flags))
	for i, f := range s.Flags {
		names[i] = string(f)
	}
	k.SeccompFlags = seccomp.SupportedFlags(names)
	if _, err := seccomp.New(s, g.Runtime.Arch); err != nil {
		k.SeccompFault = strings.TrimPrefix(err.Error(), "linux.seccomp: ")
	}
}

// parameters looks for names of the kernel's objects.
func (g *gatherer) parameters(k *check.Kernel) {
	k.NoSysctl, k.NoNetDevice = map[string]bool{}, map[string]bool{}
	for key := range g.linux.Sysctl {
		if p := spec.SysctlPath(key); filepath.IsLocal(p) && !ofInterface(p) && !exists("/proc/sys/"+p) {
			k.NoSysctl[key] = true
		}
	}
	if len(g.linux.NetDevices) == 0 {
		return
	}
	have := map[string]bool{}
	for line := range strings.Lines(read("/proc/self/net/dev")) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		have[name] = true
	}
	for name := range g.linux.NetDevices {
		if !have[name] {
			k.NoNetDevice[name] = true
		}
	}
}

// ofInterface reports whether a parameter may be of a network interface, which only the
// container's network namespace has.
func ofInterface(p string) bool {
	for _, parts := range []string{"/conf/", "/neigh/"} {
		if _, rest, ok := strings.Cut(p, parts); ok && !strings.HasPrefix(rest, "all/") && !strings.HasPrefix(rest, "default/") {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isMounted reports whether a file system of this type is mounted.
func isMounted(kind string) bool {
	for _, m := range mountinfo.Parse(read("/proc/self/mountinfo")) {
		if m.Type == kind {
			return true
		}
	}
	return false
}

// users reads which ids an ordinary user may map.
func (g *gatherer) users() {
	if spec.NewNamespace(g.spec, specs.UserNamespace) {
		g.facts.NoUserNamespace = g.userNamespaces()
	}
	if !g.Runtime.OrdinaryUser {
		return
	}
	u := check.IDs{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
	u.Name = userName(read("/etc/passwd"), u.UID)
	u.UIDs, u.GIDs = ranges(read("/etc/subuid"), u.Name, u.UID), ranges(read("/etc/subgid"), u.Name, u.UID)
	u.NoHelper = missingHelper(os.Getenv("PATH"))
	g.facts.User = u
}

// missingHelper returns which of the programs of newuidmap(1) is not in PATH, or "".
func missingHelper(path string) string {
	for _, name := range hostinfo.MappingHelpers() {
		if hostinfo.Program(name, path) == "" {
			return name
		}
	}
	return ""
}

// userName returns the name of a user in the text of passwd(5), or the id.
func userName(passwd string, uid uint32) string {
	return cmp.Or(hostinfo.UserName(passwd, int(uid)), strconv.FormatUint(uint64(uid), 10))
}

// ranges returns the ranges of a user in the text of subuid(5).
func ranges(text, name string, uid uint32) (list []check.Range) {
	for _, r := range hostinfo.SubordinateIDs(text, name, int(uid)) {
		list = append(list, check.Range(r))
	}
	return list
}
