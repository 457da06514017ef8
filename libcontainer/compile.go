package libcontainer

import (
	"errors"

	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/namespace"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
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
	// Hook is what to execute in the place of the process's program.
	Hook *hook.Hook
	// JoinCgroup makes the init enter its cgroup of the unified hierarchy;
	// otherwise it is born in there.
	JoinCgroup bool
	// Keyring is the name of the container's session keyring, or "" if it keeps
	// the caller's.
	Keyring string
	// AwaitCgroup makes the init wait until its creator has brought it into its
	// cgroup of the unified hierarchy.
	AwaitCgroup bool
	// ShowsTerminal says that the creator shows the process's terminal, if it has
	// one; otherwise an engine does, which sets it as it likes.
	ShowsTerminal bool
	// Files is how many descriptors the container's process gets besides stdin,
	// stdout and stderr.
	Files int
}

// layout is what the creator must know of a program to run it.
type layout struct {
	cloneflags uintptr                       // for the clone that starts the image
	asksCgroup bool                          // the init asks first to be brought into its cgroup: see enterScope
	mapsUser   bool                          // the init asks for the mapping of its user namespace next
	dumpable   bool                          // the creator could not map its ids otherwise: see newCompiler
	forks      bool                          // the init goes on in a child and tells its pid
	grants     bool                          // the creator does what takes privileges outside: see grant
	wantsHome  bool                          // the acknowledgement carries the HOME variable
	sendsRoot  bool                          // the init sends its root directory when it is ready, to look for that
	requests   []mount.Request               // what it may ask the creator for
	idMaps     map[program.Input]mount.IDMap // user namespaces that it gets as inputs
	listens    bool                          // its seccomp filter has an agent: see passListener
	released   int                           // first step behind the wait for start
	warnings   []string                      // settings that cannot be granted and are not an error
}

// Compile turns a checked configuration into the program that its
// container's init runs. It asks the system for nothing: equal arguments give
// equal programs.
//
// This function is the table of contents of a container start. The order of
// its lines is the order of everything that the init does.
func Compile(s *specs.Spec, host Host, o Options) (*program.Program, layout, error) {
	c := newCompiler(s, host, o)
	b := c.Builder

	// Before anything can fail.
	b.ShareProgress()
	restoreLimit := c.moreDescriptors()

	// Outside, with the host's file systems still in place.
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
	c.layout.requests = root.Requests()
	restoreLimit()

	// The process, inside.
	confinement := c.become(tty)

	// With nothing left to do but to execute the program.
	home := c.ready()
	c.awaitStart()
	c.finish(confinement)
	c.execute(home)

	p, err := b.Program()
	return p, c.layout, errors.Join(c.err, err)
}

// become makes the init, which is inside the container, who and what its
// process is to be, but for what would be in the way of the steps to come. It
// is the same for a container's start and for an exec.
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
	process.TightRlimits(c.Builder, c.spec.Process.Rlimits)
	c.aboutToExec()
	confinement.atLast(c)
}

// Plan compiles a bundle's program and makes nothing.
func (s Store) Plan(cfg Config) (*program.Program, error) {
	cfg.Spec = stayInUserNamespace(cfg.Spec)
	group, err := s.locateCgroup(cfg.Spec, cfg.ID)
	if err != nil {
		return nil, err
	}
	host, err := cfg.host(group)
	if err != nil {
		return nil, err
	}
	p, _, err := Compile(cfg.Spec, host, Options{Bundle: cfg.Bundle, WaitForStart: true, Keyring: cfg.keyring(), AwaitCgroup: group.Scope != nil})
	return p, err
}
