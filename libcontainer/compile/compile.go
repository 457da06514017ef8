// Package compile turns configurations into programs: see [Start], [Exec],
// [Hook] and [MountPoints]. It knows the order of everything that an init does,
// and what the init asks its creator for. It opens and makes nothing, and does
// not query the system.
package compile

import (
	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/libcontainer/namespace"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/libcontainer/sysctl"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Options are the choices of the command that starts the container.
type Options struct {
	Bundle string // absolute path
	// WaitForStart makes the init wait for start; otherwise it executes the
	// container's program as soon as its creator has acknowledged it.
	WaitForStart bool
	// Hook is what to execute in place of the process's program, or nil.
	Hook *hook.Hook
	// JoinCgroup makes the init enter its cgroup of the unified hierarchy;
	// otherwise it is started in there.
	JoinCgroup bool
	// Keyring is the name of the container's session keyring, or "" if it keeps
	// the caller's.
	Keyring string
	// AwaitCgroup makes the init wait until its creator has brought it into its
	// cgroup of the unified hierarchy.
	AwaitCgroup bool
	// ShowsTerminal says that the creator shows the process's terminal, if
	// there is one. Otherwise an engine shows it, and sets it as it likes.
	ShowsTerminal bool
	// Files is how many descriptors the container's process gets besides stdin,
	// stdout and stderr.
	Files int
	// Record is the filter that reports the process's system calls, or nil.
	Record *seccomp.Recording
}

// Start turns a checked configuration into the program that its container's
// init runs. It asks the system for nothing: equal arguments give
// equal programs.
//
// This function is the table of contents of a container start. The order of
// its lines is the order of everything that the init does.
func Start(s *specs.Spec, host Host, o Options) (*Plan, error) {
	c := newCompiler(s, host, o)
	b := c.Builder

	// Before anything can fail.
	b.Phase(PhasePrepare)
	b.ShareProgress()
	restoreLimit := c.moreDescriptors()

	// Outside, with the host's file systems still in place.
	b.Phase(PhaseOutside)
	c.resetSignals()
	c.clearUmask()
	proc := c.hostProc(len(c.linux.Sysctl) > 0 || len(c.linux.TimeOffsets) > 0)
	process.OOMScoreAdj(b, proc, s.Process.OOMScoreAdj)
	c.joinCgroup()
	process.ResetAffinity(b)
	process.MemoryPolicy(b, c.linux.MemoryPolicy)
	process.IOPriority(b, s.Process.IOPriority)
	root := c.root()
	c.openSources(root)
	c.enterNamespaces(proc)
	c.keyLabel(proc)
	process.NewKeyring(b, o.Keyring)
	c.setLoopbackUp()
	c.awaitNetDevices()
	process.NewSession(b)
	c.namespaces.UnshareCgroup(b)
	namespace.Hostname(b, s.Hostname)
	namespace.Domainname(b, s.Domainname)

	// The root file system, built from outside.
	b.Phase(PhaseRootfs)
	root.Begin()
	c.mounts(root)
	device.Create(b, root.Dir, s, c.howDevices())
	process.MakeCwd(b, root.Dir, s.Process.Cwd)
	c.awaitHooks(root)
	sysctl.Apply(b, proc, c.linux.Sysctl)
	c.labels(proc)
	c.closeHostProc(proc)
	tty := c.terminal(root.FD())
	tty.MountConsole(root.Dir)
	root.ReadonlyPaths(c.linux.ReadonlyPaths)
	root.Mask(c.linux.MaskedPaths)
	root.Pivot()
	c.requests(root)
	restoreLimit()

	// The process, inside.
	b.Phase(PhaseInside)
	confinement := c.become(tty)

	// With nothing left to do but to execute the program.
	b.Phase(PhaseReady)
	home := c.ready()
	c.awaitStart()
	c.finish(confinement)
	c.execute(home)

	return c.finished()
}

// become gives the init, which is inside the container, the identity and the
// rights that its process is to have, except those that would be in the way of
// later steps. It is the same for a container's start and for an exec.
func (c *compiler) become(tty *terminal.Terminal) *confinement {
	b, p := c.Builder, c.spec.Process
	cwd := process.EnterCwd(b, p.Cwd)
	tty.Attach()
	process.OwnStdio(b, p.User.UID)
	c.rlimits()
	c.scheduler()
	process.Personality(b, c.linux.Personality)
	process.Umask(b, &p.User)
	caps := c.capabilities()
	caps.DropBounding(b, c.host.LastCap)
	process.User(b, &p.User, c.groups())
	cwd.Retry(b)
	confinement := c.confine(caps)
	c.findProgram()
	if p.NoNewPrivileges {
		process.NoNewPrivileges(b)
	}
	confinement.whileCreating(c)
	return confinement
}

// finish does what is left to do right before the program is executed.
func (c *compiler) finish(confinement *confinement) {
	c.closeDescriptors()
	process.FinalRlimits(c.Builder, c.spec.Process.Rlimits)
	c.aboutToExec()
	confinement.atLast(c)
}
