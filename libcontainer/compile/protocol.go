package compile

import (
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// What the init says to its creator, and later to start. [Plan.Asks] lists it.

// tell notes that the init sends a message of this kind at this step.
func (c *compiler) tell(kind AskKind, step int) {
	c.plan.Asks = append(c.plan.Asks, Ask{Step: step, Kind: kind})
}

// ask asks the creator to do something, and waits until it has. The texts go
// behind "ask the creator" and "wait".
func (c *compiler) ask(kind AskKind, request, wait string) {
	c.Doing("ask the creator %s", request)
	c.tell(kind, c.Next())
	c.report()
	c.Doing("wait %s", wait)
	c.acknowledged(c.Buffer(1), 1)
}

// acknowledged waits for a message of the creator, of up to size bytes. A
// creator that died sends none: then the init must end.
func (c *compiler) acknowledged(buffer program.Arg, size int) {
	goOn, orphaned := c.NewLabel(), c.NewLabel()
	n := c.Read(c.Input(InputSync), buffer, size).Retry().Result("acknowledged")
	// No byte at all is the end of the connection.
	c.JumpIf(n, ^uint64(0), 0, orphaned)
	c.Jump(goOn)
	c.Bind(orphaned)
	c.ExitGroup(1)
	c.Bind(goOn)
}

// report reports that the init has come to this step.
func (c *compiler) report() {
	step := uint32(c.Next())
	c.WriteFrom(program.ReportSlot.Arg(), c.Words32(step, 0), program.ReportSize)
}

// awaitCgroup waits until the creator has brought the init into the cgroup of a
// unit of systemd. This must come before the cgroup namespace is made, because
// that cgroup is to be its root.
func (c *compiler) awaitCgroup() {
	c.At("linux.cgroupsPath", c.host.Cgroup.Scope.Unit)
	c.ask(EnterCgroup, "for the cgroup of the unit", "for the cgroup of the unit")
}

// awaitMapping waits until the creator has mapped the ids of the new user
// namespace that the init is in.
func (c *compiler) awaitMapping() {
	c.At("linux.uidMappings", "")
	c.ask(MapIDs, "for the mapping of user and group ids", "for the mapping of user and group ids")
}

// forked notes that the init tells its creator, at this step, the pid of the
// child that it goes on in. Step 0 means that there is no child.
func (c *compiler) forked(step int) {
	if step != 0 {
		c.tell(Fork, step)
	}
}

// awaitNetDevices lets the creator move the container's network devices into
// its network namespace. Sysctls are set later, because they may be about the
// devices.
func (c *compiler) awaitNetDevices() {
	if len(c.linux.NetDevices) == 0 {
		return
	}
	c.At("linux.netDevices", "")
	c.ask(MoveNetDevices, "for the network devices", "for the network devices")
}

// awaitHooks lets the creator run the hooks of create, when the mounts are in
// place and the root is still the host's, as the specification says.
//
// Paths are masked and made read-only later, because some hooks mount what
// belongs there. Meanwhile the working directory is the container's root: hooks
// in the container begin there, as under runc.
func (c *compiler) awaitHooks(root *mount.Root) {
	if !spec.HasHooks(c.spec.Hooks, spec.CreateHooks()...) {
		return
	}
	c.At("hooks", "")
	c.Doing("enter the rootfs for hooks")
	c.Fchdir(root.FD())
	c.ask(RunHooks, "to run hooks", "for hooks")
}

// terminal makes the process's terminal, if it is to have one, and passes it to
// the creator.
func (c *compiler) terminal(root program.Arg) *terminal.Terminal {
	t := terminal.Open(c.Builder, root, c.spec.Process)
	if c.options.ShowsTerminal {
		t.KeepNewlines()
	}
	t.Pass(func(fd program.Arg) {
		step := c.Next()
		c.tell(TakeTerminal, step)
		c.SendFD(program.ReportSlot.Arg(), c.Words32(uint32(step), 0), program.ReportSize, fd)
	})
	return t
}

// ready tells the creator that the container is built, and waits for its
// acknowledgement. It returns the address of the HOME variable in the
// acknowledgement, or Null if none is wanted.
func (c *compiler) ready() program.Arg {
	c.At("", "")
	c.Doing("report to the creator")
	c.reportBuilt(Ready)
	c.Doing("wait for the creator's acknowledgement")
	home := c.Buffer(MaxHome)
	c.acknowledged(home, MaxHome)
	if !c.plan.WantsHome {
		return program.Null
	}
	return home
}

// reportBuilt is report for an init that is inside its container. The first
// such report brings the root directory along, if that is wanted, because the
// next one may come behind a filter.
func (c *compiler) reportBuilt(kind AskKind) {
	if !c.sendsRoot {
		c.tell(kind, c.Next())
		c.report()
		return
	}
	c.sendsRoot = false
	root := c.Openat(program.Cwd, "/", unix.O_PATH|unix.O_DIRECTORY).Result("root")
	step := c.Next()
	c.plan.Asks = append(c.plan.Asks, Ask{Step: step, Kind: kind, Root: true})
	c.SendFD(program.ReportSlot.Arg(), c.Words32(uint32(step), 0), program.ReportSize, root)
	c.Close(root)
}

// requests notes what the program may ask for while it builds the root file system.
//
// Preconditions: the root file system is complete.
func (c *compiler) requests(root *mount.Root) {
	c.plan.Requests, c.plan.RequestStep = root.Requests(), root.RequestStep()
}

// endsBySignal reports whether signals end the init while it waits for start.
// With a filter that has an agent they do not, because the agent would have to
// agree to every call that this needs.
func (c *compiler) endsBySignal() bool {
	return c.options.WaitForStart && !c.listens()
}

// listens reports whether the seccomp filter has an agent.
func (c *compiler) listens() bool {
	return c.linux.Seccomp != nil && spec.AsksAgent(c.linux.Seccomp)
}

// awaitStart waits for start to connect, and reports to it from then on.
func (c *compiler) awaitStart() {
	c.At("", "")
	if c.options.WaitForStart {
		c.hide()
		c.Doing("wait for start")
		start := c.Input(InputStart)
		if c.endsBySignal() {
			process.AwaitOrEnd(c.Builder, start)
		}
		c.Accept4(start).Retry().ResultIn(program.ReportSlot)
	}
	c.plan.Released = c.Next()
	if c.endsBySignal() {
		process.ReleaseSignals(c.Builder)
	}
}

// hide makes an init that had to be dumpable non-dumpable before it waits for
// start. Otherwise a process of an exec, or of another container that joins
// this one's namespaces, could trace it. It stays dumpable if there are
// startContainer hooks, which find their way by the init, or a filter that has
// an agent, behind which prctl(2) may be refused.
func (c *compiler) hide() {
	if c.plan.Dumpable && !c.listens() && !spec.HasHooks(c.spec.Hooks, spec.StartContainer) {
		c.Doing("keep others from tracing the init")
		c.Prctl(unix.PR_SET_DUMPABLE)
	}
}

// aboutToExec reports that the program comes next. The reader takes the end of
// the connection behind this report for the program's start.
func (c *compiler) aboutToExec() {
	c.At("", "")
	c.Doing("report that the program is next")
	c.report()
}
