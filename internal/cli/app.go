// Package cli is rt's command line, with one file for each command. No other
// package prints or decides on an exit status.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/oci-rt/rt/internal/waiting"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
)

// Build identifies this build of rt.
type Build struct {
	Version string
	Commit  string
}

const slogan = "an OCI runtime: a container start is a program, and rt compiles it"

// exitFailure is the status of a command that failed for a reason of its own,
// as under runc.
const exitFailure = 1

// gcPercent lets the heap grow to 16 MB before the first collection (runtime: GOGC).
const gcPercent = 400

// rt is what all commands share: where they write, and what the global flags
// say.
type rt struct {
	build   Build
	out     io.Writer
	log     *logger
	options globalOptions
	command string // or ""
	// compares says that the command has the exit statuses of diff(1).
	compares bool
	store    libcontainer.Store
}

// Main runs the command line and returns the exit status.
func Main(args []string, build Build) int {
	// Most commands end before the heap has 4 MB, at which the garbage collector would
	// begin. Those that have more, such as a start with 1,000 mounts or a list of 1,000
	// containers, end soon too, and a collection is a quarter of their time.
	debug.SetGCPercent(gcPercent)
	line := newWaitLine(os.Stderr)
	r := &rt{build: build, out: os.Stdout, log: newLogger(line)}
	ctx := waiting.With(context.Background(), func(what string) func() {
		if r.log.json { // a program reads it
			return func() {}
		}
		return line.wait(what)
	})
	return r.exit(r.main(ctx, args[1:]))
}

// exit reports why a command failed, if it did, and returns the exit status.
func (r *rt) exit(err error) int {
	var status exitStatus
	if err == nil || errors.As(err, &status) {
		r.log.ended(int(status))
		r.log.succeeded()
		return int(status)
	}
	code := r.failureStatus(err)
	r.log.ended(code)
	r.log.fatal(r.explainRoot(err))
	return code
}

// failureStatus returns the exit status of a command that failed.
func (r *rt) failureStatus(err error) int {
	if errors.As(err, new(execError)) {
		return exitExecFailure
	}
	// This is an error of package cli. An *exec.ExitError would match too, but
	// is always wrapped.
	if coded, ok := err.(cli.ExitCoder); ok {
		return coded.ExitCode()
	}
	switch {
	case r.command == checkName:
		return exitUnchecked
	case r.compares:
		return exitTrouble
	}
	return exitFailure
}

// exitStatus is the error of a command that only has an exit status to report:
// that of a container's program.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// main runs the command line without the program's name.
func (r *rt) main(ctx context.Context, args []string) error {
	app := r.app()
	if n := len(args); n > 0 && args[n-1] == completionFlag {
		app.Commands = r.commands("")
		return app.RunContext(ctx, slices.Concat([]string{app.Name}, args))
	}
	names := newFlagNames(app.Flags)
	globals, rest := names.arrange(args, 1)
	line := append([]string{app.Name}, globals...)
	if len(rest) == 0 && !slices.Contains(globals, "--version") {
		app.Commands = r.commands("")
	}
	if len(rest) > 0 {
		r.command = rest[0]
		app.Commands = r.commands(r.command)
	}
	if len(app.Commands) == 1 {
		app.Flags = names.needed()
		rest = append(rest[:1:1], arrangeCommand(app.Commands[0], rest[1:])...)
		r.compares = compares(rest)
	}
	return app.RunContext(ctx, append(line, rest...))
}

// app returns rt as an app of package cli, without commands. It does not exit
// and does not print errors, which is left to exit.
func (r *rt) app() *cli.App {
	return &cli.App{
		Name:                      "rt",
		Usage:                     slogan,
		ArgsUsage:                 "[argument...]",
		Flags:                     withoutDefault(r.options.flags()),
		Before:                    r.before,
		Action:                    unknownCommand,
		OnUsageError:              r.usageError,
		ExitErrHandler:            func(*cli.Context, error) {},
		Writer:                    r.out,
		HideVersion:               true, // rt's own flag prints more than one line
		Suggest:                   true,
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,            // a variable's value may have commas
		Compiled:                  time.Unix(1, 0), // otherwise cli asks the file system for it
	}
}

// globalOptions are the flags before the command.
type globalOptions struct {
	debug, version bool
	systemdCgroup  bool
	cgroupManager  string
	log, logFormat string
	root, rootless string
}

func (o *globalOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "cgroup-manager", Usage: "what makes the cgroups of new containers: `MANAGER` is cgroupfs, systemd, or disabled (no cgroups)", Destination: &o.cgroupManager},
		&cli.BoolFlag{Name: "debug", Usage: "log each thing that was done, with the time that it took; RT_DEBUG=1 in the environment does the same", Destination: &o.debug},
		&cli.StringFlag{Name: "log", TakesFile: true, Usage: "write the log to `FILE` instead of stderr", Destination: &o.log},
		&cli.StringFlag{Name: "log-format", Usage: "log in `FORMAT`: text or json", Value: "text", Destination: &o.logFormat},
		&cli.StringFlag{Name: "root", TakesFile: true, Usage: "keep the state of containers in `DIR` (default: /run/rt, or $XDG_RUNTIME_DIR/rt for an ordinary user)", Destination: &o.root},
		&cli.StringFlag{Name: "rootless", Usage: "whether rt runs without the host's root privileges: `MODE` is true, false or auto", Value: "auto", Destination: &o.rootless},
		&cli.BoolFlag{Name: "systemd-cgroup", Usage: "let systemd make the cgroups of new containers; linux.cgroupsPath is then slice:prefix:name", Destination: &o.systemdCgroup},
		&cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version", Destination: &o.version},
	}
}

// before applies the global flags.
func (r *rt) before(c *cli.Context) error {
	o := &r.options
	if err := r.log.configure(o.log, o.logFormat, o.debug); err != nil {
		return err
	}
	if err := r.log.configureDebug(os.Getenv(debugVariable), c.Args().First()); err != nil {
		r.log.warn(err) // and no error: what is to help must not break
	}
	if o.version {
		return errors.Join(r.printVersion(), exitStatus(0))
	}
	rootless, err := parseRootless(o.rootless)
	if err != nil {
		return err
	}
	root, err := stateRoot(o.root)
	if err != nil {
		return err
	}
	r.store = libcontainer.Store{Root: root, Rootless: rootless, SystemdCgroup: o.systemdCgroup, Warn: r.log.warn}
	if r.log.debug.on {
		r.store.Debug = r.log.debugf
		r.log.debugf("rt %s, commit %s, called with %q; state in %s", r.build.Version, r.build.Commit, os.Args[1:], root)
	}
	return o.chooseCgroups(&r.store)
}

// chooseCgroups applies --cgroup-manager.
func (o *globalOptions) chooseCgroups(s *libcontainer.Store) error {
	switch o.cgroupManager {
	case "":
		return nil
	case "systemd":
		s.SystemdCgroup = true
		return nil
	case "cgroupfs", "disabled":
		if o.systemdCgroup {
			return fmt.Errorf("--systemd-cgroup and --cgroup-manager=%s contradict each other", o.cgroupManager)
		}
		s.InheritCgroup = o.cgroupManager == "disabled"
		return nil
	}
	return fmt.Errorf("--cgroup-manager: %q (want cgroupfs, systemd or disabled)", o.cgroupManager)
}

// printVersion prints the lines that go-runc and engines read. They only
// understand a first line that names runc.
func (r *rt) printVersion() error {
	lines := []string{
		"runc version " + r.build.Version + "-rt",
		"rt version " + r.build.Version,
		"commit: " + r.build.Commit,
		"spec: " + specs.Version,
		"go: " + runtime.Version(),
	}
	_, err := fmt.Fprintln(r.out, strings.Join(lines, "\n"))
	return err
}
