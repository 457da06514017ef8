package libcontainer

import (
	"errors"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/libcontainer/lsm"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/namespace"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// compiler is one run of [Compile]. Its methods are the parts that need more
// than one kernel object, and the protocol between init and creator.
type compiler struct {
	*program.Builder
	spec    *specs.Spec
	linux   *specs.Linux // never nil
	host    Host
	options Options
	layout  layout
	err     error

	namespaces namespace.Plan
	rootSent   bool // see reportBuilt
}

// newCompiler begins a program.
//
// An ordinary user can map ids for a dumpable process only, and can look into
// nothing of another one. But a dumpable init in a user namespace can be traced
// by whoever is in there with it, and made to do anything before its filter is
// loaded. So it is dumpable only in a user namespace that it makes itself, where
// nobody is yet, and sends what its creator has to see otherwise.
func newCompiler(s *specs.Spec, host Host, o Options) *compiler {
	c := &compiler{Builder: program.NewBuilder(inputSync), spec: s, linux: s.Linux, host: host, options: o}
	if c.linux == nil {
		c.linux = &specs.Linux{}
	}
	c.keepFiles()
	c.namespaces = namespace.NewPlan(c.linux.Namespaces)
	c.layout = layout{
		cloneflags: c.namespaces.Cloneflags,
		mapsUser:   c.namespaces.NewUser,
		forks:      c.namespaces.Forks,
		grants:     c.namespaces.User,
		wantsHome:  process.NeedsHome(s.Process.Env),
	}
	if host.OrdinaryUser {
		c.layout.dumpable = c.namespaces.NewUser
		c.layout.sendsRoot = c.layout.wantsHome
	}
	return c
}

// hostProc opens the host's proc file system if a step of the process, or any
// other, writes to it.
func (c *compiler) hostProc(others bool) program.Arg {
	p := c.spec.Process
	if !others && p.OOMScoreAdj == nil && p.ApparmorProfile == "" && p.SelinuxLabel == "" {
		return program.Null
	}
	return process.HostProc(c.Builder)
}

// keyLabel labels the session keyring, if there is to be one.
func (c *compiler) keyLabel(proc program.Arg) {
	if c.options.Keyring != "" {
		lsm.KeyLabel(c.Builder, proc, c.spec.Process.SelinuxLabel)
	}
}

// labels tells the security modules what the process is to be.
func (c *compiler) labels(proc program.Arg) {
	lsm.AppArmor(c.Builder, proc, c.spec.Process.ApparmorProfile)
	lsm.SELinux(c.Builder, proc, c.spec.Process.SelinuxLabel)
}

// closeHostProc closes what hostProc opened.
func (c *compiler) closeHostProc(proc program.Arg) {
	if proc != program.Null {
		c.At("", "")
		c.Doing("close the host's /proc")
		c.Close(proc)
	}
}

// joinCgroup brings the init into the cgroups that it was not born in.
func (c *compiler) joinCgroup() {
	if c.options.AwaitCgroup {
		c.awaitCgroup()
	}
	if c.options.JoinCgroup {
		c.host.Cgroup.JoinAllSteps(c.Builder)
	} else {
		c.host.Cgroup.JoinSteps(c.Builder)
	}
}

// awaitCgroup waits until the creator has brought the init into the cgroup of
// a unit of systemd. Both come before the cgroup namespace, whose root that
// cgroup is.
func (c *compiler) awaitCgroup() {
	c.layout.asksCgroup = true
	c.At("linux.cgroupsPath", c.host.Cgroup.Scope.Unit)
	c.ask("for the cgroup of the unit", "for the cgroup of the unit")
}

// enterNamespaces brings the init into its namespaces.
func (c *compiler) enterNamespaces(proc program.Arg) {
	c.namespaces.Enter(c.Builder, namespace.Surroundings{
		Proc:        proc,
		TimeOffsets: c.linux.TimeOffsets,
		AskForMapping: func() {
			c.At("linux.uidMappings", "")
			c.ask("for the mapping of user and group ids", "for the mapping of user and group ids")
		},
	})
}

// rlimits sets the resource limits, unless the creator does.
func (c *compiler) rlimits() {
	if !c.layout.grants {
		process.Rlimits(c.Builder, c.spec.Process.Rlimits)
	}
}

// scheduler sets the CPU scheduling, unless the creator does.
func (c *compiler) scheduler() {
	if !c.layout.grants {
		process.Scheduler(c.Builder, c.spec.Process.Scheduler)
	}
}

// groups returns what becomes of the creator's supplementary groups.
func (c *compiler) groups() process.Groups {
	return process.Groups{Keep: spec.KeepsGroups(c.spec.Annotations), MayBeDenied: c.namespaces.User}
}

// clearUmask lets every file be made with the mode that it is asked to have.
func (c *compiler) clearUmask() {
	c.At("", "")
	c.Doing("clear the umask")
	c.Umask(0)
}

// root describes the root file system.
func (c *compiler) root() *mount.Root {
	return mount.NewRoot(c.Builder, mount.RootConfig{
		Path:         spec.RootfsPath(c.options.Bundle, c.spec.Root),
		Readonly:     c.spec.Root.Readonly,
		Propagation:  c.linux.RootfsPropagation,
		OwnNamespace: ownNamespace(c.spec, specs.MountNamespace),
		Visible:      hasCreateHooks(c.spec.Hooks),

		UserNamespace: c.namespaces.User,
		IDMap:         c.idMap(),
		Nested:        c.host.InUserNamespace,
		Unprivileged:  c.host.Available&(1<<unix.CAP_SYS_ADMIN) == 0,
		StandIn:       c.host.StandIn,

		Label:     c.linux.MountLabel,
		LabelType: spec.MountContext(c.spec.Annotations),
	})
}

// idMap is the mapping of the container's user namespace.
func (c *compiler) idMap() mount.IDMap {
	m := mount.IDMap{UIDs: c.linux.UIDMappings, GIDs: c.linux.GIDMappings}
	if i := findNamespace(c.spec, specs.UserNamespace); i >= 0 {
		m.Path = c.linux.Namespaces[i].Path
	}
	return m
}

// fewMounts is how many mounts the init may hold descriptors for without asking
// whether its limit allows that.
const fewMounts = 32

// moreDescriptors makes room for the descriptors that the init holds at once if
// there are many: of mounts that are opened before the namespaces are entered,
// and of user namespaces for mapped ids. What it returns appends the steps that
// undo it.
func (c *compiler) moreDescriptors() (restore func()) {
	held := 0
	for i := range c.spec.Mounts {
		m := &c.spec.Mounts[i]
		o, _ := spec.ParseMountOptions(m.Options) // faults are told by mounts
		if o.Bind || spec.IDMapped(m, &o) {
			held++
		}
	}
	if held <= fewMounts {
		return func() {}
	}
	return process.MoreDescriptors(c.Builder)
}

// openSources opens what the root of the container may not be allowed to.
func (c *compiler) openSources(root *mount.Root) {
	c.err = errors.Join(c.err, root.OpenSources(c.spec.Mounts, c.options.Bundle))
}

// mounts mounts everything in the order of the configuration.
func (c *compiler) mounts(root *mount.Root) {
	ownCgroupNamespace := ownNamespace(c.spec, specs.CgroupNamespace)
	for i := range c.spec.Mounts {
		m := &c.spec.Mounts[i]
		var err error
		if m.Type == "cgroup" || m.Type == "cgroup2" {
			err = cgroup.Mount(c.Builder, root, i, m, c.host.Cgroup, ownCgroupNamespace)
		} else {
			err = root.Mount(i, m, c.options.Bundle)
		}
		c.err = errors.Join(c.err, err)
	}
	c.layout.idMaps = root.IDMaps()
	c.layout.warnings = append(c.layout.warnings, root.Warnings()...)
}

// howDevices says where device nodes come from.
func (c *compiler) howDevices() device.How {
	if c.namespaces.User || c.host.InUserNamespace {
		return device.Bind
	}
	return device.Make
}

// capabilities returns the capability sets as far as they can be granted.
func (c *compiler) capabilities() *process.Capabilities {
	caps, refused := process.NewCapabilities(c.spec.Process.Capabilities, c.available())
	c.layout.warnings = append(c.layout.warnings, refused...)
	return &caps
}

// available returns the capabilities that the init has before it gives up any.
func (c *compiler) available() uint64 {
	if c.namespaces.User {
		return 1<<(c.host.LastCap+1) - 1 // whoever enters one has them all there
	}
	return c.host.Available
}

// findProgram makes create fail if start could not execute the program. A
// startContainer hook may yet bring it, and where nothing waits for start,
// executing it tells as well.
func (c *compiler) findProgram() {
	if c.options.WaitForStart && spec.HasProgram(c.spec) && (c.spec.Hooks == nil || len(c.spec.Hooks.StartContainer) == 0) {
		process.Find(c.Builder, c.spec.Process)
	}
}

// ready tells the creator that the container is built and waits for its
// acknowledgement. It returns where the HOME variable of that is.
func (c *compiler) ready() program.Arg {
	c.At("", "")
	c.Doing("report to the creator")
	c.reportBuilt()
	c.Doing("wait for the creator's acknowledgement")
	home := c.Buffer(maxHome)
	c.acknowledged(home, maxHome)
	if !c.layout.wantsHome {
		return program.Null
	}
	return home
}

// reportBuilt is report of an init that is inside its container. The first of
// them brings the root directory along, if that is wanted: the next one may come
// behind a filter.
func (c *compiler) reportBuilt() {
	if !c.layout.sendsRoot || c.rootSent {
		c.report()
		return
	}
	c.rootSent = true
	root := c.Openat(program.Cwd, "/", unix.O_PATH|unix.O_DIRECTORY).Result("root")
	c.SendFD(program.ReportSlot.Arg(), c.Words32(uint32(c.Next()), 0), program.ReportSize, root)
	c.Close(root)
}

// ask asks the creator to do something, and waits until it has: see
// [starter.whenAsked]. The texts go behind "ask the creator" and "wait".
func (c *compiler) ask(request, wait string) {
	c.Doing("ask the creator %s", request)
	c.report()
	c.Doing("wait %s", wait)
	c.acknowledged(c.Buffer(1), 1)
}

// acknowledged waits for a message of the creator, of up to size bytes. A
// creator that died sends none: then the init must not stay.
func (c *compiler) acknowledged(buffer program.Arg, size int) {
	goOn, orphaned := c.NewLabel(), c.NewLabel()
	n := c.Read(c.Input(inputSync), buffer, size).Retry().Result("acknowledged")
	// Not even a byte is the end of the connection.
	c.JumpIf(n, ^uint64(0), 0, orphaned)
	c.Jump(goOn)
	c.Bind(orphaned)
	c.ExitGroup(1)
	c.Bind(goOn)
}

// endsBySignal reports whether the init ends by signals while it waits for
// start. With a filter that has an agent it does not: the agent would have to
// agree to all that this takes.
func (c *compiler) endsBySignal() bool {
	p := c.linux.Seccomp
	return c.options.WaitForStart && (p == nil || !spec.AsksAgent(p))
}

// resetSignals makes the init independent of how its creator was started.
func (c *compiler) resetSignals() {
	if c.endsBySignal() {
		process.HoldEndingSignals(c.Builder)
	} else {
		process.ResetSignals(c.Builder)
	}
}

// awaitStart waits for start to connect, and reports to it from then on.
func (c *compiler) awaitStart() {
	c.At("", "")
	if c.options.WaitForStart {
		c.hide()
		c.Doing("wait for start")
		start := c.Input(inputStart)
		if c.endsBySignal() {
			process.AwaitOrEnd(c.Builder, start)
		}
		c.Accept4(start).Retry().ResultIn(program.ReportSlot)
	}
	c.layout.released = c.Next()
	if c.endsBySignal() {
		process.ReleaseSignals(c.Builder)
	}
}

// hide makes an init that had to be dumpable so no longer, before it waits for
// start: a process that an exec brings in, or of another container that joins
// this one's namespaces, could trace it. startContainer hooks find their way by
// the init, and behind a filter that has an agent prctl(2) may be refused: then
// it stays as it is.
func (c *compiler) hide() {
	if c.layout.dumpable && !c.layout.listens && !hasHooksOf(c.spec.Hooks, spec.StartContainer) {
		c.Doing("keep others from tracing the init")
		c.Prctl(unix.PR_SET_DUMPABLE)
	}
}

// aboutToExec reports that the program comes next. Whoever waits takes the
// end of the connection behind this report for the program's start.
func (c *compiler) aboutToExec() {
	c.At("", "")
	c.Doing("report that the program is next")
	c.report()
}

// terminal makes the terminal of a process that is to have one, and passes it
// to the creator.
func (c *compiler) terminal(root program.Arg) *terminal.Terminal {
	t := terminal.Open(c.Builder, root, c.spec.Process)
	if c.options.ShowsTerminal {
		t.KeepNewlines()
	}
	t.Pass(func(fd program.Arg) {
		step := uint32(c.Next())
		c.SendFD(program.ReportSlot.Arg(), c.Words32(step, 0), program.ReportSize, fd)
	})
	return t
}

// report tells whoever listens that the init has come to this step.
func (c *compiler) report() {
	step := uint32(c.Next())
	c.WriteFrom(program.ReportSlot.Arg(), c.Words32(step, 0), program.ReportSize)
}
