package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

// exitExecFailure is the status of an exec that failed for a reason of rt's
// own, as under runc. A program's own statuses are usually lower.
const exitExecFailure = 255

// execError is such a reason.
type execError struct{ error }

func (e execError) Unwrap() error { return e.error }

func (r *rt) execCommand() *cli.Command {
	var o execOptions
	return &cli.Command{
		Name:      "exec",
		ArgsUsage: "ID [COMMAND] [ARG...]",
		Usage:     "run another program in a running container",
		Description: "The program gets the environment, user and limits of the container's own process,\n" +
			"unless a flag changes them. --process replaces all of them.",
		Flags:        o.flags(),
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			err := r.exec(c.Args().First(), c.Args().Tail(), &o)
			if err == nil || errors.As(err, new(exitStatus)) {
				return err
			}
			return execError{err}
		},
	}
}

type execOptions struct {
	process         string
	cwd, user       string
	label, profile  string
	env, gids, caps cli.StringSlice
	cgroups         cli.StringSlice
	tty, noNewPrivs bool
	sockets         socketOptions
	detach          bool
	pidFile         string
	preserveFDs     int
	ignorePaused    bool
	trace           traceOptions
}

func (o *execOptions) flags() []cli.Flag {
	return append(o.sockets.flags(),
		o.trace.flag(),
		&cli.StringFlag{Name: "process", TakesFile: true, Aliases: []string{"p"}, Usage: "run the process that `FILE` describes (JSON, in the form of process in config.json; - is stdin)", Destination: &o.process},
		&cli.StringFlag{Name: "cwd", Usage: "run the program in the directory `DIR` of the container", Destination: &o.cwd},
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, Usage: "set an environment variable: `NAME=VALUE`", Destination: &o.env, KeepSpace: true},
		&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Usage: "run as the user `UID[:GID]`, given as numbers", Destination: &o.user},
		&cli.StringSliceFlag{Name: "additional-gids", Aliases: []string{"g"}, Usage: "add the supplementary group `GID`", Destination: &o.gids, KeepSpace: true},
		&cli.StringSliceFlag{Name: "cap", Aliases: []string{"c"}, Usage: "add the capability `NAME`, but not to the inheritable set", Destination: &o.caps, KeepSpace: true},
		&cli.BoolFlag{Name: "tty", Aliases: []string{"t"}, Usage: "give the program a terminal", Destination: &o.tty},
		&cli.BoolFlag{Name: "no-new-privs", Usage: "set no_new_privs, so that execve(2) grants no privileges", Destination: &o.noNewPrivs},
		&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "return when the program has started; do not wait until it exits", Destination: &o.detach},
		&cli.StringSliceFlag{Name: "cgroup", Usage: "run the program in the cgroup at `[CONTROLLER:]PATH` below the container's cgroup", Destination: &o.cgroups, KeepSpace: true},
		&cli.StringFlag{Name: "pid-file", TakesFile: true, Usage: "write the program's pid to `FILE`", Destination: &o.pidFile},
		&cli.IntFlag{Name: "preserve-fds", Usage: preserveUsage, Destination: &o.preserveFDs},
		&cli.BoolFlag{Name: "ignore-paused", Usage: "also accept a paused container; the program starts when the container is resumed", Destination: &o.ignorePaused},
		&cli.StringFlag{Name: "process-label", Usage: "run the program with the SELinux `LABEL`", Destination: &o.label},
		&cli.StringFlag{Name: "apparmor", Usage: "run the program under the AppArmor `PROFILE`", Destination: &o.profile},
	)
}

func (r *rt) exec(id string, args []string, o *execOptions) error {
	if err := o.trace.begin(&r.store); err != nil {
		return err
	}
	c, err := r.store.Open(id)
	if err != nil {
		return err
	}
	defer c.Close()
	if !o.detach {
		return r.execForeground(c, args, o)
	}
	cfg, err := r.execConfig(c, args, o)
	if err != nil {
		return err
	}
	p, err := c.Run(context.Background(), cfg)
	if err == nil {
		p.Close()
	}
	r.writeTrace(&o.trace, err)
	return err
}

// execForeground executes a program and waits for its end.
func (r *rt) execForeground(c *libcontainer.Container, args []string, o *execOptions) error {
	signals := catchSignals()
	cfg, err := r.execConfig(c, args, o)
	if err != nil {
		return err
	}
	signals.await(cfg.Process.Terminal)
	p, err := c.Run(context.Background(), cfg)
	linux.Close(cfg.Files) // otherwise a reader that waits for their end would wait for rt
	r.log.started(err)
	r.writeTrace(&o.trace, err)
	if err != nil {
		return err
	}
	defer p.Close()
	return r.foreground(p, signals)
}

func (r *rt) execConfig(c *libcontainer.Container, args []string, o *execOptions) (libcontainer.ExecConfig, error) {
	cfg := libcontainer.ExecConfig{
		Stdio:        [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sockets:      o.sockets.paths(),
		IgnorePaused: o.ignorePaused,

		ShowsTerminal: !o.detach,
		Warn:          r.log.warn,
	}
	var err error
	if cfg.Cgroups, err = subCgroups(o.cgroups.Value()); err != nil {
		return cfg, err
	}
	if cfg.PidFile, err = absolute("--pid-file", o.pidFile); err != nil {
		return cfg, err
	}
	if cfg.Files, err = execFiles(o.preserveFDs); err != nil {
		return cfg, err
	}
	if cfg.Process, err = o.execProcess(c, args, r.log.warn); err != nil {
		return cfg, err
	}
	showTerminal(cfg.Process, o.detach)
	if err := o.sockets.checkTerminal(cfg.Process, o.detach); err != nil {
		return cfg, err
	}
	err = o.trace.open("read the configuration of the process")
	cfg.Trace = o.trace.recorder
	return cfg, err
}

// subCgroups reads the values of --cgroup: one path for all hierarchies, or
// paths with the names of their controllers in front, separated by commas.
func subCgroups(list []string) (map[string]string, error) {
	paths := map[string]string{}
	for _, value := range list {
		controllers, path, ok := strings.Cut(value, ":")
		if !ok {
			if len(list) > 1 {
				return nil, fmt.Errorf("--cgroup %s: applies to all controllers, but there is another --cgroup", value)
			}
			return map[string]string{"": value}, nil
		}
		for name := range strings.SplitSeq(controllers, ",") {
			if _, again := paths[name]; again || name == "" {
				return nil, fmt.Errorf("--cgroup %s: want each controller once, as in cpu,memory:PATH", value)
			}
			paths[name] = path
		}
	}
	return paths, nil
}
