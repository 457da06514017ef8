// Package cli is rt's command line: one file a command. It is the only place
// that prints or that decides on an exit status.
package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
)

// Build says which rt this is.
type Build struct {
	Version string
	Commit  string
}

// exitFailure is the status of a command that failed for a reason of its own,
// as under runc.
const exitFailure = 1

// rt is what the global flags make of a command's surroundings.
type rt struct {
	store libcontainer.Store
	log   *logger
}

// Main runs the command line and returns the exit status.
func Main(args []string, build Build) int {
	r := &rt{log: newLogger(os.Stderr)}
	err := r.app(build).Run(args)
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	r.log.fatal(err)
	return exitFailure
}

// exitStatus is the error of a command that has nothing to say besides its exit
// status: that of a container's program.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func (r *rt) app(build Build) *cli.App {
	cli.VersionFlag = &cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version"}
	cli.VersionPrinter = func(c *cli.Context) { printVersion(c, build) }
	return &cli.App{
		Name:                      "rt",
		Usage:                     "OCI runtime: a container start is a program, and rt compiles it",
		Version:                   build.Version,
		HideHelpCommand:           false,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {}, // Main decides
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return err },
		CommandNotFound:           nil,
		Action:                    noCommand,
		Before:                    r.setUp,
		Flags:                     globalFlags(),
		Commands: []*cli.Command{
			r.createCommand(), r.startCommand(), r.runCommand(), r.stateCommand(),
			r.killCommand(), r.deleteCommand(), r.listCommand(), r.planCommand(),
			specCommand(), featuresCommand(),
		},
	}
}

// noCommand is what happens without a command or with an unknown one.
func noCommand(c *cli.Context) error {
	if c.Args().Present() {
		return fmt.Errorf("unknown command %q: see rt --help", c.Args().First())
	}
	return cli.ShowAppHelp(c)
}

func globalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "debug", Usage: "log what happens, not only what fails"},
		&cli.StringFlag{Name: "log", Usage: "write the log to `FILE` instead of stderr"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "`text` or json"},
		&cli.StringFlag{Name: "root", Value: defaultRoot, Usage: "keep the containers' state in `DIR`"},
		&cli.BoolFlag{Name: "systemd-cgroup", Usage: "not supported yet: let systemd make the cgroups"},
		&cli.StringFlag{Name: "rootless", Value: "auto", Usage: "`true`, false or auto; true is not supported yet"},
	}
}

// defaultRoot is a tmpfs: the state does not outlive the machine, as the
// containers do not.
const defaultRoot = "/run/rt"

// setUp applies the global flags.
func (r *rt) setUp(c *cli.Context) error {
	if err := r.log.configure(c.String("log"), c.String("log-format"), c.Bool("debug")); err != nil {
		return err
	}
	if err := refuseLater(c, "systemd-cgroup"); err != nil {
		return err
	}
	switch mode := c.String("rootless"); mode {
	case "auto", "false":
	case "true":
		return errors.New("--rootless=true is not supported by this version of rt")
	default:
		return fmt.Errorf("--rootless: %q (want true, false or auto)", mode)
	}
	root, err := filepath.Abs(c.String("root"))
	if err != nil {
		return fmt.Errorf("--root: %w", err)
	}
	r.store = libcontainer.Store{Root: root}
	return nil
}

// refuseLater fails when one of these flags is given. They exist in runc and
// will in rt; until they do something they must not be taken in silence.
func refuseLater(c *cli.Context, flags ...string) error {
	for _, name := range flags {
		if c.IsSet(name) {
			return fmt.Errorf("--%s is not supported by this version of rt", name)
		}
	}
	return nil
}

// oneArg returns the only argument of a command, its container's id.
func oneArg(c *cli.Context) (string, error) {
	if c.NArg() != 1 {
		return "", fmt.Errorf("%s: %d arguments given, want 1: the container's id", c.Command.Name, c.NArg())
	}
	return c.Args().First(), nil
}

// printVersion prints the lines that go-runc and engines read: the first must
// name runc to be understood.
func printVersion(c *cli.Context, build Build) {
	lines := []string{
		"runc version " + build.Version + "-rt",
		"rt version " + build.Version,
		"commit: " + build.Commit,
		"spec: " + specs.Version,
		"go: " + runtime.Version(),
	}
	fmt.Fprintln(c.App.Writer, strings.Join(lines, "\n"))
}
