// Package survey gathers the facts about this host that package check holds a
// configuration against.
//
// The bundle may be anybody's. So nothing is executed, nothing is changed, no file that
// it names is opened but for its attributes (O_PATH), and what is looked for in the
// rootfs does not leave it.
package survey

import (
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/hostinfo"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Subject is what facts are gathered for.
type Subject struct {
	Bundle   string // absolute
	Examined *spec.Examined
	Runtime  compile.Facts
	// Cgroup says where the cgroups would be. If that is not known it is nil, and
	// CgroupFault says why.
	Cgroup      *cgroup.Config
	CgroupFault error
	Rootless    bool
	Trouble     string // see check.Facts
}

// Gather gathers the facts. The configuration may be at fault, but must be there.
func Gather(s *Subject) *check.Facts {
	g := &gatherer{Subject: s, spec: s.Examined.Spec, linux: s.Examined.Spec.Linux, host: hostinfo.Gather()}
	if g.linux == nil {
		g.linux = new(specs.Linux)
	}
	g.facts = check.Facts{
		Trouble:         s.Trouble,
		InUserNamespace: s.Runtime.InUserNamespace, Ordinary: s.Runtime.OrdinaryUser,
		Capabilities: s.Runtime.Available,
		Kernel:       g.kernel(),
	}
	g.files()
	g.namespaces()
	g.rootfs()
	g.cgroups()
	g.users()
	return &g.facts
}

// gatherer gathers the facts about one configuration.
type gatherer struct {
	*Subject
	spec  *specs.Spec
	linux *specs.Linux // not nil
	host  *hostinfo.Host
	facts check.Facts
}

// sound reports whether nothing is wrong with a setting and its parts. Code that
// relies on a checked configuration must not see others.
func (g *gatherer) sound(setting string) bool {
	for _, f := range g.Examined.Faults {
		if rest, ok := strings.CutPrefix(f.Path, setting); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return false
		}
	}
	return true
}

func (g *gatherer) cgroups() {
	res := spec.Resources(g.spec)
	switch {
	case !g.sound("linux.resources") || !g.sound("linux.cgroupsPath"):
		return
	case g.CgroupFault != nil:
		g.facts.CgroupsPath = g.CgroupFault.Error()
		return
	case g.Cgroup.Inherited:
		return
	}
	if err := g.Cgroup.MayCreate(); err != nil {
		// Without any wish, an ordinary user's container has the runtime's own cgroup.
		if !g.Rootless || spec.CgroupsPath(g.spec) != "" || limited(res) {
			g.facts.CgroupsPath = err.Error()
		}
		return
	}
	preview, err := g.Cgroup.Preview(res)
	if err != nil {
		preview.Refused = []error{err}
	}
	for _, err := range preview.Refused {
		path, problem, _ := strings.Cut(err.Error(), ": ")
		g.facts.Limits = append(g.facts.Limits, check.Obstacle{Path: path, Problem: problem})
	}
	g.facts.Limits = append(g.facts.Limits, cpusets(res)...)
}

// limited reports whether a configuration asks for more than access to devices.
func limited(res *specs.LinuxResources) bool {
	return res != nil && (res.Memory != nil || res.CPU != nil || res.Pids != nil || res.BlockIO != nil ||
		len(res.HugepageLimits) > 0 || res.Network != nil || len(res.Rdma) > 0 || len(res.Unified) > 0)
}

// cpusets returns the CPUs and memory nodes that the host does not have.
func cpusets(res *specs.LinuxResources) (obstacles []check.Obstacle) {
	if res == nil || res.CPU == nil {
		return nil
	}
	for _, set := range []struct {
		setting, value, online string
		limit                  int
	}{
		{"linux.resources.cpu.cpus", res.CPU.Cpus, "/sys/devices/system/cpu/online", spec.MaxCPUs},
		{"linux.resources.cpu.mems", res.CPU.Mems, "/sys/devices/system/node/online", spec.MaxNodes},
	} {
		have := read(set.online)
		if set.value == "" || have == "" || subset(set.value, have, set.limit) {
			continue
		}
		obstacles = append(obstacles, check.Obstacle{Path: set.setting, Problem: "is " + set.value + ", and this host has " + have, Want: "some of " + have})
	}
	return obstacles
}

// subset reports whether all numbers of one list are in another. A list that is wrong
// is reported elsewhere.
func subset(list, of string, limit int) bool {
	a, problem := spec.ParseList(list, limit)
	b, problem2 := spec.ParseList(of, limit)
	if problem != "" || problem2 != "" {
		return true
	}
	for i, word := range a {
		if i >= len(b) && word != 0 || i < len(b) && word&^b[i] != 0 {
			return false
		}
	}
	return true
}

// has reports whether the runtime has a capability.
func (g *gatherer) has(capability int) bool { return g.Runtime.Available>>capability&1 == 1 }

// rlimits returns which of process.rlimits exceed what the runtime may set.
func (g *gatherer) rlimits() (above []string) {
	if g.spec.Process == nil || g.has(unix.CAP_SYS_RESOURCE) && !g.Runtime.InUserNamespace {
		return nil
	}
	for _, l := range g.spec.Process.Rlimits {
		resource, ok := spec.Rlimit(l.Type)
		var own unix.Rlimit
		if ok && unix.Getrlimit(resource, &own) == nil && l.Hard > own.Max {
			above = append(above, l.Type)
		}
	}
	return above
}
