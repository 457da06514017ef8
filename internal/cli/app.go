// Package cli is rt's command line: one file a command. It is the only place
// that prints or that decides on an exit status.
package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Build says which rt this is.
type Build struct {
	Version string
	Commit  string
}

const slogan = "an OCI runtime: a container start is a program, and rt compiles it"

// exitFailure is the status of a command that failed for a reason of its own,
// as under runc.
const exitFailure = 1

// rt is what the global flags make of a command's surroundings.
type rt struct {
	build Build
	out   io.Writer
	log   *logger
	store libcontainer.Store
}

// Main runs the command line and returns the exit status.
func Main(args []string, build Build) int {
	r := &rt{build: build, out: os.Stdout, log: newLogger(os.Stderr)}
	return r.exit(r.main(args[1:]))
}

// exit reports why a command failed, if it did, and returns the exit status.
func (r *rt) exit(err error) int {
	var status exitStatus
	if err == nil {
		return 0
	}
	if errors.As(err, &status) {
		return int(status)
	}
	r.log.fatal(err)
	if errors.As(err, new(execError)) {
		return exitExecFailure
	}
	return exitFailure
}

// exitStatus is the error of a command that has nothing to say besides its exit
// status: that of a container's program.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// main runs the command line without the program's name.
func (r *rt) main(args []string) error {
	var o globalOptions
	args, err := o.flags().parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return r.help()
	}
	// The log's flags that stand before a wrong one say where to tell of it.
	if logErr := r.log.configure(o.log, o.logFormat, o.debug); err == nil {
		err = logErr
	}
	if err == nil && o.version {
		return r.printVersion()
	}
	if err == nil {
		err = r.setUp(&o)
	}
	if err != nil {
		return err
	}
	return r.dispatch(args)
}

// globalOptions are the flags before the command.
type globalOptions struct {
	debug, version bool
	systemdCgroup  bool
	log, logFormat string
	root, rootless string
}

func (o *globalOptions) flags() *flags {
	*o = globalOptions{logFormat: "text", rootless: "auto"}
	f := newFlags("rt")
	f.bool(&o.debug, "debug", "log what happens, not only what fails")
	f.string(&o.log, "log", "write the log to `FILE` instead of stderr")
	f.string(&o.logFormat, "log-format", "`FORMAT` of the log: text or json")
	f.string(&o.root, "root", "keep the containers' state in `DIR` instead of /run/rt or $XDG_RUNTIME_DIR/rt")
	f.string(&o.rootless, "rootless", "`WHETHER` rt runs as an ordinary user, who may have no cgroup: true, false or auto")
	f.bool(&o.systemdCgroup, "systemd-cgroup", "let systemd make the cgroups of new containers; linux.cgroupsPath is slice:prefix:name")
	f.bool(&o.version, "version v", "print the version")
	return f
}

// setUp applies the global flags but the log's.
func (r *rt) setUp(o *globalOptions) error {
	rootless, err := parseRootless(o.rootless)
	if err != nil {
		return err
	}
	root, err := stateRoot(o.root)
	if err != nil {
		return err
	}
	r.store = libcontainer.Store{Root: root, Rootless: rootless, SystemdCgroup: o.systemdCgroup, Warn: r.log.warn}
	return nil
}

// printVersion prints the lines that go-runc and engines read: the first must
// name runc to be understood.
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
