package check

import (
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// hostNamespaces are the namespaces that a container should not share with the host,
// and what it has there if it does. Those of users and time are left out: nearly no
// container has its own.
var hostNamespaces = [...]struct {
	kind     specs.LinuxNamespaceType
	severity Severity
	what     string
}{
	{specs.PIDNamespace, Warning, "the host's processes"},
	{specs.NetworkNamespace, Warning, "the host's network, with what listens only there"},
	{specs.IPCNamespace, Warning, "the host's shared memory and message queues"},
	{specs.MountNamespace, Warning, "the host's mounts"},
	{specs.UTSNamespace, Info, "the host's name"},
	{specs.CgroupNamespace, Info, "the names of the host's cgroups"},
}

func (c *checker) namespaces() {
	for _, n := range hostNamespaces {
		i := spec.FindNamespace(c.spec, n.kind)
		switch {
		case i < 0:
			c.findAs(n.severity, "host-namespace", "linux.namespaces", "has no "+string(n.kind)+": the container sees "+n.what, string(n.kind)+" in it")
		case c.isHosts(i):
			c.findAs(n.severity, "host-namespace", element("linux.namespaces", i, "path"),
				c.linux.Namespaces[i].Path+" is the host's "+string(n.kind)+" namespace: the container sees "+n.what, "a new namespace, or another container's")
		}
	}
}

// isHosts reports whether the namespace that the container is to join is the one
// that the runtime is in, as far as that is known.
func (c *checker) isHosts(i int) bool {
	return c.facts != nil && c.facts.Namespaces[c.linux.Namespaces[i].Path].Own
}
