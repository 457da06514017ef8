package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// strongCapabilities are those of which no engine gives one by default, and what they
// allow on the host.
var strongCapabilities = [...]struct{ name, allows string }{
	{"CAP_SYS_ADMIN", "mount, and nearly everything else"},
	{"CAP_SYS_MODULE", "load code into the kernel"},
	{"CAP_SYS_RAWIO", "reach the machine's memory and ports"},
	{"CAP_SYS_PTRACE", "trace processes and read their memory"},
	{"CAP_SYS_BOOT", "reboot the machine, or boot another kernel"},
	{"CAP_SYS_TIME", "set the machine's clock"},
	{"CAP_DAC_READ_SEARCH", "open any file of a file system by its handle, outside of the container too"},
	{"CAP_MAC_ADMIN", "change the rules of security modules"},
	{"CAP_MAC_OVERRIDE", "override the rules of security modules"},
	{"CAP_BPF", "load programs into the kernel"},
	{"CAP_PERFMON", "observe the kernel and all processes"},
	{"CAP_SYSLOG", "read the kernel's log, with its addresses"},
	{"CAP_NET_ADMIN", "change interfaces, routes and firewalls of its network namespace"},
	{"CAP_SYS_RESOURCE", "exceed limits and quotas"},
	{"CAP_CHECKPOINT_RESTORE", "open any process's files"},
	{"CAP_AUDIT_CONTROL", "change what is audited"},
}

// capabilitySet is one of process.capabilities.
type capabilitySet struct {
	name string
	list []string
}

func (c *checker) capabilitySets() []capabilitySet {
	caps := orEmpty(c.proc.Capabilities)
	return []capabilitySet{
		{"bounding", caps.Bounding}, {"effective", caps.Effective}, {"permitted", caps.Permitted},
		{"inheritable", caps.Inheritable}, {"ambient", caps.Ambient},
	}
}

func (c *checker) capabilities() {
	sets := c.capabilitySets()
	for _, set := range sets {
		for i, name := range set.list {
			if _, ok := spec.Capability(name); !ok {
				c.find("unknown-capability", element("process.capabilities."+set.name, i, ""), strconv.Quote(name)+" is not the name of a capability", "one like CAP_KILL")
			}
		}
	}
	if n := len(orEmpty(c.proc.Capabilities).Inheritable); n > 0 {
		c.find("inheritable-capabilities", "process.capabilities.inheritable", "has "+strconv.Itoa(n)+" of them", "none")
	}
	c.strong(sets)
}

// manyCapabilities is how many strong capabilities are one finding: what --privileged
// gives.
const manyCapabilities = 8

// strong reports strong capabilities where they are listed first.
func (c *checker) strong(sets []capabilitySet) {
	var found []Finding
	var names []string
	worst := Info
	for _, s := range strongCapabilities {
		for _, set := range sets {
			if i := slices.Index(set.list, s.name); i >= 0 {
				severity := c.capabilitySeverity(s.name)
				worst, names = max(worst, severity), append(names, s.name)
				found = append(found, Finding{
					Path: element("process.capabilities."+set.name, i, ""), Severity: severity, Problem: s.name + " allows to " + s.allows,
				})
				break
			}
		}
	}
	if len(found) >= manyCapabilities {
		path := found[0].Path[:strings.LastIndexByte(found[0].Path, '[')]
		c.findAs(worst, "strong-capability", path, "has "+some(names)+": together they are the host's root", "only those that the program needs")
		return
	}
	for _, f := range found {
		c.findAs(f.Severity, "strong-capability", f.Path, f.Problem, "none, if the program does not need it")
	}
}

// capabilitySeverity is lower where a namespace restricts the capability.
func (c *checker) capabilitySeverity(name string) Severity {
	own := c.ownUsers()
	if name == "CAP_NET_ADMIN" {
		i := spec.FindNamespace(c.spec, specs.NetworkNamespace)
		own = own || i >= 0 && !c.isHosts(i)
	}
	return unless(own)
}

// has reports whether the process may have a capability.
func (c *checker) has(capability string) bool {
	return slices.ContainsFunc(c.capabilitySets(), func(s capabilitySet) bool { return slices.Contains(s.list, capability) })
}
