package libcontainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/trace"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Config says what container to make.
type Config struct {
	ID     string      // of letters, digits and _ + - .
	Bundle string      // absolute path of the directory that paths in Spec are relative to
	Spec   *specs.Spec // see Text
	Text   spec.Text   // the text that Spec was read from, or none: then Spec is checked here
	// PidFile is where to write the first process's pid, in decimal, or "". Its mode is
	// 0644 without the umask.
	PidFile string
	// Stdio are the container's stdin, stdout and stderr, and Files its descriptors from
	// 3 on. The caller still owns them. They are passed on as they are: the end of an
	// [os.Pipe] is non-blocking for the container's program too.
	Stdio   [3]*os.File
	Files   []*os.File
	Sockets Sockets // of an engine that wants descriptors
	// ShowsTerminal says that the caller shows the process's terminal on a terminal of
	// its own, which adds the carriage returns at ends of lines.
	ShowsTerminal bool
	// NoNewKeyring leaves the container the caller's session keyring.
	NoNewKeyring bool
	// NoPivot is for a host whose root is its initramfs or a chroot, which pivot_root(2)
	// cannot change.
	NoPivot bool
	// Manager is the address of the service manager's socket (NOTIFY_SOCKET,
	// sd_notify(3)), or "". With it see [Process.AwaitReady].
	Manager string
	// OnlyHere makes a container that only the Process which Create returns can start.
	// Until then its init ends if this process does. It needs one socket and one
	// connection less.
	OnlyHere bool
	// Warn is told of settings that cannot be granted, which the specification
	// does not want to be an error. It may be nil.
	Warn func(error)
	// Trace takes down when the steps of the program are made, until it is executed or,
	// with [Store.Create], ready. If it is nil, they are not timed. What the creator does
	// meanwhile is told to [Store.Debug], which can be [trace.Recorder.Did]. Restore has
	// no program.
	Trace *trace.Recorder
	// Record takes down the system calls of the container's processes, but not those of an
	// Exec or of hooks, and makes a profile of them. It may be nil. Only Run takes it. The
	// container ends with the calling process, and [Recorder.Profile] is complete when all
	// processes of the container have ended.
	Record *Recorder
	// tamper changes the compiled program, in tests.
	tamper func(*program.Program)
	// tamperHook changes the compiled programs of createContainer hooks, in
	// tests.
	tamperHook func(*program.Program)
	// joinsCgroup makes tests behave as on a kernel that refuses to start the init in
	// its cgroup.
	joinsCgroup bool
}

// keyring returns the name of the session keyring that the container gets, or "".
func (cfg *Config) keyring() string {
	if cfg.NoNewKeyring {
		return ""
	}
	return process.KeyringName(cfg.ID)
}

// Create makes a container up to the point where its program would be executed. The
// process waits for its Start or, unless cfg.OnlyHere, for a [Store.Start] of another
// process. If ctx ends before the container is made, the container ends too. After an
// error nothing is left. The error may be [ErrExist], [spec.Faults], an [OptionError], a
// [StepError], or [ErrNeedsUserNamespace].
func (s Store) Create(ctx context.Context, cfg Config) (*Process, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Record != nil {
		return nil, &OptionError{Option: "Record", Err: errors.New("is only for Run, because the creator has to let each system call run")}
	}
	return s.makeContainer(ctx, cfg, func(b *newContainer) (*Process, error) { return b.create() })
}

// Run is Create and Start in one, for a container that nobody else is to start. The
// errors are those of both. After an error nothing is left.
func (s Store) Run(ctx context.Context, cfg Config) (*Process, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if err := spec.RequireProgram(cfg.Spec); err != nil {
		return nil, err
	}
	if err := cfg.checkRecord(); err != nil {
		return nil, err
	}
	cfg.OnlyHere = true
	return s.makeContainer(ctx, cfg, func(b *newContainer) (*Process, error) { return b.run(ctx) })
}

// check refuses invalid options, and calls [Config.checkSpec].
func (cfg *Config) check() error {
	if err := checkFiles(cfg.Stdio, cfg.Files); err != nil {
		return err
	}
	return cfg.checkSpec()
}

// checkSpec refuses a configuration that package spec has not checked and would
// refuse.
func (cfg *Config) checkSpec() error {
	if !filepath.IsAbs(cfg.Bundle) {
		return &OptionError{Option: "Bundle", Err: fmt.Errorf("is %q (want an absolute path)", cfg.Bundle)}
	}
	if cfg.Text.IsOf(cfg.Spec) {
		return nil // and need not be checked twice
	}
	s, err := spec.Check(cfg.Bundle, cfg.Spec)
	cfg.Spec, cfg.Text = s, spec.Text{}
	return err
}

// errMissing: a required option is not set.
var errMissing = errors.New("is missing")

// checkFiles refuses missing descriptors.
func checkFiles(stdio [3]*os.File, files []*os.File) error {
	if slices.Contains(stdio[:], nil) {
		return &OptionError{Option: "Stdio", Err: errMissing}
	}
	if slices.Contains(files, nil) {
		return &OptionError{Option: "Files", Err: errMissing}
	}
	return nil
}

// makeContainer makes a container with do. After an error nothing is left. cfg was
// checked.
func (s Store) makeContainer(ctx context.Context, cfg Config, do func(*newContainer) (*Process, error)) (*Process, error) {
	b, err := s.begin(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p, err := do(b)
	if err != nil {
		return nil, cancelled(ctx, b.abort(err))
	}
	if p.start == nil {
		p.forget()
	}
	// The container may live long, and others may want to work on it.
	b.dir.Unlock()
	return p, nil
}
