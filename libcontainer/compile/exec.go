package compile

import (
	"github.com/oci-rt/rt/libcontainer/namespace"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Target has what the program of an exec must know about the running container.
type Target struct {
	// Namespaces are the CLONE_NEW flags of the container's namespaces that
	// differ from the runtime's.
	Namespaces uintptr
	// ChangesRoot says that the container has no mount namespace of its own, so
	// that its root directory is not that of its mount namespace.
	ChangesRoot bool
	// LeftUser says that the container's first process is not in the container's
	// user namespace any more, but in one below it.
	LeftUser bool
}

// Exec turns s.Process into the program that executes it in a running
// container, whose configuration is s. Like [Start] it asks the system for
// nothing, and is the table of contents of an exec. Of the options only
// JoinCgroup, Keyring, ShowsTerminal, Files and Hook have a meaning here.
func Exec(s *specs.Spec, host Host, target Target, o Options) (*Plan, error) {
	c := newExecCompiler(s, host, target, o)
	b := c.Builder

	// Before anything can fail.
	b.Phase(PhasePrepare)
	b.ShareProgress()

	// Outside, with the host's file systems still in place.
	b.Phase(PhaseOutside)
	process.ResetSignals(b)
	c.clearUmask()
	proc := c.hostProc(false)
	process.OOMScoreAdj(b, proc, s.Process.OOMScoreAdj)
	c.keyLabel(proc)
	c.labels(proc)
	c.closeHostProc(proc)
	process.InitialAffinity(b, s.Process.ExecCPUAffinity)
	c.joinCgroup()
	process.FinalAffinity(b, s.Process.ExecCPUAffinity)
	process.MemoryPolicy(b, c.linux.MemoryPolicy)
	process.IOPriority(b, s.Process.IOPriority)

	// Inside.
	b.Phase(PhaseInside)
	c.enterContainer(target)
	process.JoinKeyring(b, o.Keyring)
	c.changeRoot(target.ChangesRoot)
	process.NewSession(b)
	tty := c.terminal(terminal.Root)
	confinement := c.become(tty)

	// With nothing left to do but to execute the program.
	b.Phase(PhaseReady)
	home := c.ready()
	c.finish(confinement)
	c.execute(home)

	return c.finished()
}

// enterContainer enters the namespaces of the container's first process.
func (c *compiler) enterContainer(t Target) {
	container := c.Input(InputContainer)
	if !t.LeftUser {
		c.forked(namespace.EnterContainer(c.Builder, container, t.Namespaces))
		return
	}
	c.forked(namespace.EnterContainerApart(c.Builder, container, c.Input(InputUser), t.Namespaces, c.host.OrdinaryUser))
}

// changeRoot makes the container's root directory the root of the process, if
// the mount namespace did not bring it along.
func (c *compiler) changeRoot(needed bool) {
	if !needed {
		return
	}
	c.At("", "")
	c.Doing("change the root to the container's")
	root := c.Input(InputRoot)
	c.Fchdir(root)
	c.Chroot(".")
	c.Close(root)
}
