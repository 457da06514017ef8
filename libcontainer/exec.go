package libcontainer

import (
	"context"
	"os"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/trace"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// ExecConfig says what to execute in a running container.
type ExecConfig struct {
	// Process is what to execute. [Container.Exec] says what comes from the
	// container's configuration if Process does not have it.
	Process *specs.Process
	PidFile string      // where to write the process's pid, or ""
	Stdio   [3]*os.File // its stdin, stdout and stderr, as in [Config]
	Files   []*os.File  // its descriptors from 3 on, as in [Config]
	Sockets Sockets     // of an engine that wants descriptors
	// ShowsTerminal is as in [Config].
	ShowsTerminal bool
	// Cgroups are paths of cgroups below the container's for the process, by
	// controller, or "" for all hierarchies.
	Cgroups map[string]string
	// IgnorePaused starts the process even in a paused container. Both it and this
	// process then wait until the container goes on.
	IgnorePaused bool
	// Warn is told of settings that cannot be granted, which the specification
	// does not want to be an error. It may be nil.
	Warn func(error)
	// Trace is as in [Config].
	Trace *trace.Recorder
	// tamper changes the compiled program, and meanwhile is called while the
	// program makes its way into the container, in tests.
	tamper    func(*program.Program)
	meanwhile func()
}

// Exec makes another process in the container, which must be created, running or,
// with cfg.IgnorePaused, paused. It is a child of the calling process, and waits for
// its Start. If ctx ends before the process is made, the process ends too. The error
// may be [ErrStopped], [ErrPaused], [ErrWrongState], [spec.Faults], an [OptionError]
// or a [StepError].
//
// Capabilities, AppArmor profile, SELinux label and OOM score adjustment that
// cfg.Process does not have are those of the container's configuration. Everything
// else is as cfg.Process says: resource limits that it does not have are the
// caller's.
//
// Nothing on disk changes, so there is no lock, and nothing to clean up after a
// caller that is killed: until the process runs, the program ends by itself.
func (c *Container) Exec(ctx context.Context, cfg ExecConfig) (*Process, error) {
	if err := checkFiles(cfg.Stdio, cfg.Files); err != nil {
		return nil, err
	}
	if err := c.takesExec(cfg.IgnorePaused); err != nil {
		return nil, err
	}
	s, err := c.execSpec(cfg.Process)
	if err != nil {
		return nil, err
	}
	cfg.Trace.Did("read the configuration of the container")
	t, err := c.openTarget(s)
	if err != nil {
		return nil, err
	}
	defer t.close()
	cfg.Trace.Did("looked at the first process of the container")
	p := c.newProcess(ctx, cfg, s, t)
	if p.group, err = c.state.Cgroup.Sub(cfg.Cgroups); err != nil {
		return nil, &OptionError{Option: "Cgroups", Err: err}
	}
	return p.makeOrAbort()
}

// Run is Exec and Start in one. After an error there is no process.
func (c *Container) Run(ctx context.Context, cfg ExecConfig) (*Process, error) {
	p, err := c.Exec(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return p.started(ctx)
}

// takesExec returns nil if the container takes another process, and otherwise why
// not.
func (c *Container) takesExec(paused bool) error {
	status, err := c.Status()
	switch {
	case err != nil:
		return err
	case status == Stopped:
		return ErrStopped
	case status == Paused && !paused:
		return ErrPaused
	case status == Creating:
		return wrongState("cannot exec in a container that is being created")
	}
	return nil
}

// execSpec returns the container's configuration with p as its process. What p does
// not have comes from the configuration: see [Container.Exec].
func (c *Container) execSpec(p *specs.Process) (*specs.Spec, error) {
	if p == nil {
		return nil, &OptionError{Option: "Process", Err: errMissing}
	}
	s, err := c.Spec()
	if err != nil {
		return nil, err
	}
	return withProcess(s, p)
}

// withProcess returns the configuration of a container with p as its process: see
// execSpec.
func withProcess(s *specs.Spec, p *specs.Process) (*specs.Spec, error) {
	s, p = new(*s), new(*p)
	own := s.Process
	if p.Capabilities == nil {
		p.Capabilities = own.Capabilities
	}
	if p.ApparmorProfile == "" {
		p.ApparmorProfile = own.ApparmorProfile
	}
	if p.SelinuxLabel == "" {
		p.SelinuxLabel = own.SelinuxLabel
	}
	if p.OOMScoreAdj == nil {
		p.OOMScoreAdj = own.OOMScoreAdj
	}
	s.Process = p
	return s, spec.ValidateProcess(s).Err()
}
