package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

// exitExecFailure is the status of an exec that failed for a reason of rt's
// own, as under runc: a program's own statuses are lower as a rule.
const exitExecFailure = 255

// execError is such a reason.
type execError struct{ error }

func (e execError) Unwrap() error { return e.error }

func (r *rt) execCommand() *cli.Command {
	var o execOptions
	return &cli.Command{
		Name:      "exec",
		ArgsUsage: "ID [COMMAND] [ARG...]",
		Usage:     "execute another program in a running container",
		Description: "The program's environment, user and limits are those of the container's own,\n" +
			"changed by flags, or as --process says.",
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
}

func (o *execOptions) flags() []cli.Flag {
	return append(o.sockets.flags(),
		&cli.StringFlag{Name: "process", TakesFile: true, Aliases: []string{"p"}, Usage: "execute what `FILE` describes, an object like process in config.json", Destination: &o.process},
		&cli.StringFlag{Name: "cwd", Usage: "the program's working `DIR`ectory in the container", Destination: &o.cwd},
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, Usage: "add `NAME=VALUE` to the environment", Destination: &o.env, KeepSpace: true},
		&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Usage: "run as `UID[:GID]`, which are numbers", Destination: &o.user},
		&cli.StringSliceFlag{Name: "additional-gids", Aliases: []string{"g"}, Usage: "add the supplementary group `GID`", Destination: &o.gids, KeepSpace: true},
		&cli.StringSliceFlag{Name: "cap", Aliases: []string{"c"}, Usage: "add the capability `NAME`, but not for what the program executes", Destination: &o.caps, KeepSpace: true},
		&cli.BoolFlag{Name: "tty", Aliases: []string{"t"}, Usage: "give the program a terminal", Destination: &o.tty},
		&cli.BoolFlag{Name: "no-new-privs", Usage: "set no_new_privs", Destination: &o.noNewPrivs},
		&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "do not wait for the program's end", Destination: &o.detach},
		&cli.StringSliceFlag{Name: "cgroup", Usage: "put the program into the cgroup `[CONTROLLER:]PATH` below the container's", Destination: &o.cgroups, KeepSpace: true},
		&cli.StringFlag{Name: "pid-file", TakesFile: true, Usage: "write the program's pid to `FILE`", Destination: &o.pidFile},
		&cli.IntFlag{Name: "preserve-fds", Usage: preserveUsage, Destination: &o.preserveFDs},
		&cli.BoolFlag{Name: "ignore-paused", Usage: "start the program in a paused container too, where it waits", Destination: &o.ignorePaused},
		&cli.StringFlag{Name: "process-label", Usage: "give the program the SELinux `LABEL`", Destination: &o.label},
		&cli.StringFlag{Name: "apparmor", Usage: "give the program the AppArmor `PROFILE`", Destination: &o.profile},
	)
}

func (r *rt) exec(id string, args []string, o *execOptions) error {
	c, err := r.store.Open(id)
	if err != nil {
		return err
	}
	defer c.Close()
	cfg, err := r.execConfig(c, args, o)
	if err != nil {
		return err
	}
	if o.detach {
		f, err := c.Exec(cfg)
		if err == nil {
			f.Detach()
		}
		return err
	}
	return r.execForeground(c, cfg)
}

// execForeground executes a program and waits for its end.
func (r *rt) execForeground(c *libcontainer.Container, cfg libcontainer.ExecConfig) error {
	signals := catchSignals(cfg.Process.Terminal)
	f, err := c.Exec(cfg)
	r.log.started(err)
	if err != nil {
		return err
	}
	return r.foreground(f, signals)
}

func (r *rt) execConfig(c *libcontainer.Container, args []string, o *execOptions) (libcontainer.ExecConfig, error) {
	cfg := libcontainer.ExecConfig{
		Stdio:        [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sockets:      o.sockets.paths(),
		IgnorePaused: o.ignorePaused,
		Warn:         r.log.warn,
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
	if cfg.Process, err = o.execProcess(c, args); err != nil {
		return cfg, err
	}
	showTerminal(cfg.Process, o.detach)
	return cfg, o.sockets.checkTerminal(cfg.Process, o.detach)
}

// subCgroups reads the values of --cgroup: one path for all hierarchies, or
// paths for controllers, whose names stand before them with commas between.
func subCgroups(list []string) (map[string]string, error) {
	paths := map[string]string{}
	for _, value := range list {
		controllers, path, ok := strings.Cut(value, ":")
		if !ok {
			if len(list) > 1 {
				return nil, fmt.Errorf("--cgroup %s: says for all controllers what another --cgroup says too", value)
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
