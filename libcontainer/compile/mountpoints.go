package compile

import (
	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// MountPoints returns a program that makes the mount points of a container in
// its rootfs, and nothing else that lasts: it mounts what the container has, in
// namespaces that end with it. Like [Start] it asks the system for nothing.
//
// CRIU needs the mount points, and a restored container may have a rootfs in
// which it never was.
func MountPoints(s *specs.Spec, host Host, o Options) (*Plan, error) {
	c := newCompiler(s, host, o)
	c.plan.WantsHome, c.sendsRoot = false, false
	b := c.Builder

	// Before anything can fail.
	b.Phase(PhasePrepare)
	b.ShareProgress()
	c.moreDescriptors()

	// Outside.
	b.Phase(PhaseOutside)
	process.ResetSignals(b)
	c.clearUmask()
	proc := c.hostProc(len(c.linux.TimeOffsets) > 0)
	root := c.root()
	c.openSources(root)
	c.enterNamespaces(proc)
	c.labels(proc) // CRIU would wait for ever if the kernel had no such profile

	// The root file system.
	b.Phase(PhaseRootfs)
	root.Begin()
	c.mounts(root)
	device.Create(b, root.Dir, s, c.howDevices())
	root.Pivot() // also appends the steps that ask for help
	c.requests(root)

	// The creator ends the init.
	b.Phase(PhaseReady)
	c.ready()
	b.ExitGroup(0)

	return c.finished()
}
