package compile

import (
	"errors"
	"slices"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/libcontainer/lsm"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/namespace"
	"github.com/oci-rt/rt/libcontainer/netdevice"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// compiler is one compilation. Its methods are the parts that need more than one
// kernel object; protocol.go has those that talk to the creator.
type compiler struct {
	*program.Builder
	spec    *specs.Spec
	linux   *specs.Linux // never nil
	host    Host
	options Options
	plan    Plan
	err     error

	namespaces namespace.Plan
	sendsRoot  bool // the next reportBuilt sends the root directory
}

// newCompiler begins the program of a container's first process.
//
// An ordinary user can map ids for a dumpable process only, and can look into
// no other process. But a process that is in a user namespace with a dumpable
// init can trace that init, and make it do anything before its filter is
// loaded. So the init is dumpable only in a user namespace that it makes
// itself, in which no other process is yet. The init sends what its creator
// could not see otherwise.
func newCompiler(s *specs.Spec, host Host, o Options) *compiler {
	c := begin(s, host, o, expectedSteps(s))
	c.namespaces = namespace.NewPlan(c.linux.Namespaces)
	c.plan.Cloneflags = c.namespaces.Cloneflags
	c.plan.CreatorSetsLimits = c.namespaces.User
	if host.OrdinaryUser {
		c.plan.Dumpable = c.namespaces.NewUser
		c.sendsRoot = c.plan.WantsHome
	}
	return c
}

// newExecCompiler begins the program of another process in a container. It
// makes no namespaces, but knows in which ones the process will be.
func newExecCompiler(s *specs.Spec, host Host, target Target, o Options) *compiler {
	c := begin(s, host, o, usualExecSteps)
	c.namespaces = namespace.Plan{User: target.Namespaces&unix.CLONE_NEWUSER != 0}
	c.plan.CreatorSetsLimits = c.namespaces.User
	return c
}

// usualExecSteps is what an exec with an engine's default configuration needs, and a
// little more. Too much room costs a process that makes execs for many containers a
// garbage collection every few times.
const usualExecSteps = 192

// expectedSteps is how many steps the start of a container will have, or somewhat more.
// Without it, the steps of a configuration with many mounts would be copied over and
// over: three quarters of what compiling it allocates (TestExpectedSteps).
func expectedSteps(s *specs.Spec) int {
	n := 330 + 36*len(s.Mounts)
	if l := s.Linux; l != nil {
		n += 13*len(l.MaskedPaths) + 6*len(l.ReadonlyPaths) + 11*len(l.Devices) + 5*len(l.Sysctl)
	}
	return n
}

func begin(s *specs.Spec, host Host, o Options, steps int) *compiler {
	c := &compiler{Builder: program.NewBuilder(InputSync), spec: s, linux: s.Linux, host: host, options: o}
	c.Expect(steps)
	if c.linux == nil {
		c.linux = &specs.Linux{}
	}
	c.plan.WantsHome = process.NeedsHome(s.Process.Env)
	c.keepFiles()
	return c
}

// finished returns the plan of a program that is complete.
func (c *compiler) finished() (*Plan, error) {
	p, err := c.Program()
	if err := errors.Join(c.err, err); err != nil {
		return nil, err
	}
	c.plan.Program = p
	return &c.plan, nil
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

// keyLabel labels the session keyring, if there will be one.
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

// joinCgroup brings the init into the cgroups that it was not started in.
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

// enterNamespaces brings the init into its namespaces.
func (c *compiler) enterNamespaces(proc program.Arg) {
	c.forked(c.namespaces.Enter(c.Builder, namespace.EnterOptions{
		Proc:          proc,
		TimeOffsets:   c.linux.TimeOffsets,
		AskForMapping: c.awaitMapping,
	}))
}

// setLoopbackUp sets the loopback device of a new network namespace up.
func (c *compiler) setLoopbackUp() {
	if spec.NewNamespace(c.spec, specs.NetworkNamespace) {
		c.At("linux.namespaces", "network")
		netdevice.SetLoopbackUp(c.Builder)
	}
}

// rlimits sets the resource limits, unless the creator does.
func (c *compiler) rlimits() {
	if !c.plan.CreatorSetsLimits {
		process.InitialRlimits(c.Builder, c.spec.Process.Rlimits)
	}
}

// scheduler sets the CPU scheduling, unless the creator does.
func (c *compiler) scheduler() {
	if !c.plan.CreatorSetsLimits {
		process.Scheduler(c.Builder, c.spec.Process.Scheduler)
	}
}

// groups says what happens to the creator's supplementary groups.
func (c *compiler) groups() process.Groups {
	return process.Groups{Keep: spec.KeepsGroups(c.spec.Annotations), MayBeDenied: c.namespaces.User}
}

// clearUmask sets the umask to 0, so that every file gets the mode that it is
// made with.
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
		OwnNamespace: spec.NewNamespace(c.spec, specs.MountNamespace),
		Visible:      spec.HasHooks(c.spec.Hooks, spec.CreateHooks()...),

		UserNamespace: c.namespaces.User,
		IDMap:         c.idMap(),
		Nested:        c.host.InUserNamespace,
		Unprivileged:  c.host.Available&(1<<unix.CAP_SYS_ADMIN) == 0,
		RootCopy:      c.host.RootCopy,
		Hidden:        slices.Concat(c.linux.MaskedPaths, c.linux.ReadonlyPaths),

		Label:     c.linux.MountLabel,
		LabelType: spec.MountContext(c.spec.Annotations),
	})
}

// idMap is the mapping of the container's user namespace.
func (c *compiler) idMap() mount.IDMap {
	m := mount.IDMap{UIDs: c.linux.UIDMappings, GIDs: c.linux.GIDMappings}
	if i := spec.FindNamespace(c.spec, specs.UserNamespace); i >= 0 {
		m.Path = c.linux.Namespaces[i].Path
	}
	return m
}

// fewMounts is how many descriptors of mounts the init may hold without a
// higher limit.
const fewMounts = 32

// moreDescriptors makes room for the descriptors that the init holds at once,
// if there are many: of mounts that are opened before the namespaces are
// entered, and of user namespaces for mapped ids. restore appends the steps
// that undo it.
func (c *compiler) moreDescriptors() (restore func()) {
	held := 0
	for i := range c.spec.Mounts {
		m := &c.spec.Mounts[i]
		o, _ := spec.ParseMountOptions(m.Options) // mounts reports the faults
		if o.Bind || spec.IDMapped(m, &o) {
			held++
		}
	}
	if held <= fewMounts {
		return func() {}
	}
	return process.RaiseOpenFiles(c.Builder)
}

// openSources opens what the root of the container may not be able to open.
func (c *compiler) openSources(root *mount.Root) {
	c.err = errors.Join(c.err, root.OpenSources(c.spec.Mounts, c.options.Bundle))
}

// mounts mounts everything in the order of the configuration.
func (c *compiler) mounts(root *mount.Root) {
	ownCgroupNamespace := spec.NewNamespace(c.spec, specs.CgroupNamespace)
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
	c.plan.IDMaps = root.IDMaps()
	c.plan.Warnings = append(c.plan.Warnings, root.Warnings()...)
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
	c.plan.Warnings = append(c.plan.Warnings, refused...)
	return &caps
}

// available returns the capabilities that the init has before it gives up any.
func (c *compiler) available() uint64 {
	if c.namespaces.User {
		return 1<<(c.host.LastCap+1) - 1 // a process that enters one has all of them there
	}
	return c.host.Available
}

// findProgram makes create fail if start could not execute the program. It does
// nothing if a startContainer hook may still bring the program, or if nothing
// waits for start: then executing it tells as well.
func (c *compiler) findProgram() {
	if c.options.WaitForStart && spec.HasProgram(c.spec) && !spec.HasHooks(c.spec.Hooks, spec.StartContainer) {
		process.Find(c.Builder, c.spec.Process)
	}
}

// resetSignals makes the init independent of how its creator was started.
func (c *compiler) resetSignals() {
	if c.endsBySignal() {
		process.HoldEndingSignals(c.Builder)
	} else {
		process.ResetSignals(c.Builder)
	}
}
