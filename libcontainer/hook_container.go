package libcontainer

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// runContainerHooks runs the createContainer hooks, which are the runtime's
// programs, with its environment and its rights, in the container's namespaces.
func (b *newContainer) runContainerHooks() error {
	list := hook.List(b.cfg.Spec.Hooks, spec.CreateContainer)
	if len(list) == 0 {
		return nil
	}
	if err := b.identifyInit(); err != nil {
		return err
	}
	r := b.hookRunner(b.ctx, Creating, pidInside(b.session.Pid()))
	r.Start = b.startOutsideHook
	return r.Run(list)
}

// startOutsideHook starts a createContainer hook.
func (b *newContainer) startOutsideHook(h *hook.Hook, stdio [3]*os.File) (int, error) {
	h, s := new(*h), new(*b.cfg.Spec)
	if h.Env == nil {
		h.Env = os.Environ()
	}
	s.Process = &specs.Process{}
	t, err := b.openTarget(s)
	if err != nil {
		return 0, fmt.Errorf("%v: %w", h, err)
	}
	defer t.close()
	if err := t.openRootAndCwd(b.session.Pid()); err != nil {
		return 0, fmt.Errorf("%v: %w", h, err)
	}
	p := b.newProcess(b.ctx, ExecConfig{Stdio: stdio, tamper: b.cfg.tamperHook}, s, t)
	p.outside = true
	return p.startHook(h)
}

// openRootAndCwd opens what the init sees: the host's files, as they are in
// the container's mount namespace, and the rootfs that it builds.
func (t *target) openRootAndCwd(pid int) (err error) {
	proc := "/proc/" + strconv.Itoa(pid)
	t.ChangesRoot = true
	if t.root == nil {
		if t.root, err = os.OpenFile(proc+"/root", unix.O_PATH|unix.O_DIRECTORY, 0); err != nil {
			return err
		}
	}
	t.cwd, err = os.OpenFile(proc+"/cwd", unix.O_PATH|unix.O_DIRECTORY, 0)
	return err
}

// runStartHooks runs the startContainer hooks, which are the container's
// programs, as the container's process is about to be: with its user, its
// capabilities and limits, and its environment if a hook has none.
func (c *Container) runStartHooks(ctx context.Context) error {
	hooks, err := c.hooks()
	list := hook.List(hooks, spec.StartContainer)
	if err != nil || len(list) == 0 {
		return err
	}
	r := c.hookRunner(ctx, Created, pidInside(c.state.Init.Pid))
	r.Start = func(h *hook.Hook, stdio [3]*os.File) (int, error) { return c.startInsideHook(ctx, h, stdio) }
	return r.Run(list)
}

// startInsideHook starts a startContainer hook.
func (c *Container) startInsideHook(ctx context.Context, h *hook.Hook, stdio [3]*os.File) (int, error) {
	s, err := c.Spec()
	if err != nil {
		return 0, err
	}
	s, p := new(*s), new(*s.Process)
	p.Terminal, p.ExecCPUAffinity = false, nil
	s.Process = p
	t, err := c.openTarget(s)
	if err != nil {
		return 0, fmt.Errorf("%v: %w", h, err)
	}
	defer t.close()
	return c.newProcess(ctx, ExecConfig{Stdio: stdio}, s, t).startHook(h)
}

// startHook starts the hook and returns its pid.
func (p *newProcess) startHook(h *hook.Hook) (int, error) {
	p.hook = h
	made, err := p.makeOrAbort()
	if err != nil {
		return 0, fmt.Errorf("%v: %w", h, err)
	}
	if made, err = made.started(p.ctx); err != nil {
		return 0, fmt.Errorf("%v: %w", h, err)
	}
	defer made.Close()
	return made.Pid(), nil
}

// pidInside returns the pid that a process has in its own pid namespace, or 0
// if the process is gone.
func pidInside(pid int) int {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// The last one is that of the innermost namespace (proc_pid_status(5)).
		if list, ok := strings.CutPrefix(lines.Text(), "NSpid:"); ok {
			pids := strings.Fields(list)
			inside, _ := strconv.Atoi(pids[len(pids)-1])
			return inside
		}
	}
	return pid // a kernel without pid namespaces
}
