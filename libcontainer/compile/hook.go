package compile

import (
	"math"

	"github.com/oci-rt/rt/libcontainer/namespace"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Hook returns the program that executes o.Hook, a createContainer hook, in the
// container whose configuration is s and whose init waits for the hook. Like
// [Start] it asks the system for nothing, and is the table of contents of such
// a hook.
//
// The hook keeps the rights that the runtime has in the container's namespaces.
// It sees the file systems as the init does: the host's, from the container's
// mount namespace, with the rootfs in its working directory.
func Hook(s *specs.Spec, host Host, target Target, o Options) (*Plan, error) {
	c := newExecCompiler(s, host, target, o)
	c.plan.WantsHome = false
	b := c.Builder

	// Before anything can fail.
	b.Phase(PhasePrepare)
	b.ShareProgress()

	// Outside, where the hook's path means what the runtime means.
	b.Phase(PhaseOutside)
	process.ResetSignals(b)
	c.joinCgroup()
	file := c.openHook()

	// Inside.
	b.Phase(PhaseInside)
	c.forked(namespace.EnterContainer(b, b.Input(InputContainer), target.Namespaces))
	c.changeRoot(target.ChangesRoot)
	c.changeCwd()
	process.NewSession(b)

	// With nothing left to do but to execute the hook.
	b.Phase(PhaseReady)
	c.ready()
	b.CloseRange(program.FirstInput, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	c.aboutToExec()
	c.executeFile(file)

	return c.finished()
}

// openHook opens the hook's file.
func (c *compiler) openHook() program.Arg {
	c.atHook()
	return c.Openat(program.Cwd, c.options.Hook.Path, unix.O_PATH).Result("hook")
}

// changeCwd makes the init's working directory the process's.
func (c *compiler) changeCwd() {
	c.At("", "")
	c.Doing("change directory to the rootfs")
	cwd := c.Input(InputCwd)
	c.Fchdir(cwd)
	c.Close(cwd)
}

// executeFile executes the hook in the namespaces of the container. If the
// mount namespace is a copy of the runtime's, or the runtime's own, the hook is
// executed by its path, because the interpreter of a script reads it by that
// path. In a joined mount namespace the path may lead to anything, and the root
// of a user namespace may not be allowed at the path. Then the hook is executed
// by descriptor.
func (c *compiler) executeFile(file program.Arg) {
	h := c.options.Hook
	argv, envp := c.Strings(h.Argv()), c.Strings(h.Env)
	missing := c.NewLabel()
	c.atHook()
	if !spec.JoinsNamespace(c.spec, specs.MountNamespace) {
		c.Execve(h.Path, argv, envp).Ignore(unix.ENOENT, unix.EACCES)
	}
	c.ExecveFD(file, argv, envp).On(unix.ENOENT, missing)
	c.Bind(missing)
	c.FailSaying(unix.ENOENT, "execute: its interpreter (#! line or dynamic loader) or the script itself does not exist in the container's mount namespace")
}

// execute executes the program of the process, or the hook in its place.
func (c *compiler) execute(home program.Arg) {
	h := c.options.Hook
	if h == nil && !spec.HasProgram(c.spec) {
		c.At("process", "")
		c.FailSaying(unix.EINVAL, "is missing from the configuration, so there is nothing to start")
		return
	}
	if h == nil {
		process.Exec(c.Builder, c.spec.Process, home)
		return
	}
	envp := c.Strings(h.Env)
	if h.Env == nil {
		envp = process.Environment(c.Builder, c.spec.Process.Env, home)
	}
	c.atHook()
	c.Execve(h.Path, c.Strings(h.Argv()), envp)
}

// atHook says that the hook is executed. The error already says which hook it
// is.
func (c *compiler) atHook() {
	c.At("", "")
	c.Doing("execute")
}
