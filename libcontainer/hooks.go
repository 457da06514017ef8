package libcontainer

import (
	"context"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/hook"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Hooks are run by the runtime, never by the init, which waits for them
// meanwhile.
//
//	create  init waits before it changes the root    prestart, createRuntime, createContainer
//	start   init waits for start                     startContainer
//	        the container's program runs             poststart
//	delete  the container is gone                    poststop
//
// If a hook of create or start fails, the container is stopped and deleted, and
// its poststop hooks run (runtime.md, "Lifecycle").

// hasHooks reports whether there are any hooks at all.
func hasHooks(h *specs.Hooks) bool {
	return spec.HasHooks(h, spec.CreateHooks()...) || spec.HasHooks(h, spec.StartContainer, spec.Poststart, spec.Poststop)
}

// runCreateHooks runs the hooks of create, for which the init waits.
func (b *newContainer) runCreateHooks() error {
	b.environment = true
	// The environment of the container is made, so the deprecated prestart
	// hooks get the state created, as the validation suite expects.
	if err := b.runHooks(b.ctx, spec.Prestart, Created, b.session.Pid()); err != nil {
		return err
	}
	if err := b.runHooks(b.ctx, spec.CreateRuntime, Creating, b.session.Pid()); err != nil {
		return err
	}
	return b.runContainerHooks()
}

// runHooks runs the hooks of a stage in the runtime's namespaces. Status and
// pid are those of the container.
func (c *Container) runHooks(ctx context.Context, stage spec.HookStage, status Status, pid int) error {
	hooks, err := c.hooks()
	if err != nil {
		return err
	}
	list := hook.List(hooks, stage)
	return c.hookRunner(ctx, status, pid).Run(list)
}

// poststopHooks returns a function that runs the poststop hooks after the
// container is removed, together with the configuration that lists them. It is
// not an error if a hook fails or the configuration cannot be read: the
// container can still be removed.
func (c *Container) poststopHooks(ctx context.Context) func() {
	hooks, err := c.hooks()
	if err != nil {
		c.store.warn(fmt.Errorf("hooks.poststop: %w", err))
	}
	r := c.hookRunner(ctx, Stopped, 0)
	return func() {
		for _, err := range r.RunAll(hook.List(hooks, spec.Poststop)) {
			c.store.warn(err)
		}
	}
}

// hooks returns the configuration's hooks, or nil.
func (c *Container) hooks() (*specs.Hooks, error) {
	if !c.state.Hooks {
		return nil, nil // the common case need not read the configuration
	}
	s, err := c.Spec()
	if err != nil {
		return nil, err
	}
	return s.Hooks, nil
}

// hookRunner returns a runner of hooks that run in the runtime's namespaces, in
// the directory of the bundle.
func (c *Container) hookRunner(ctx context.Context, status Status, pid int) *hook.Runner {
	stdout, stderr := spec.HookOutput(c.state.Annotations)
	return &hook.Runner{
		Context: ctx,
		State:   c.ociState(status, pid),
		Start:   hook.InRuntime(c.state.Bundle),
		Output:  hook.Files{Stdout: stdout, Stderr: stderr},
		Ran:     func(h *hook.Hook, pid int) { c.store.debugf("ran %v, as process %d", h, pid) },
	}
}

// debugf tells Debug what was done, if Debug is not nil.
func (s Store) debugf(format string, args ...any) {
	if s.Debug != nil {
		s.Debug(format, args...)
	}
}

func (s Store) warn(err error) {
	if s.Warn != nil {
		s.Warn(err)
	}
}
