package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oci-rt/rt/libcontainer"
)

// exitExecFailure is the status of an exec that failed for a reason of rt's
// own, as under runc: a program's own statuses are lower as a rule.
const exitExecFailure = 255

// execError is such a reason.
type execError struct{ error }

func (e execError) Unwrap() error { return e.error }

func (r *rt) execCommand() *command {
	var o execOptions
	return &command{
		name:  "exec",
		args:  "ID [COMMAND] [ARG...]",
		usage: "execute another program in a running container",
		about: "The program's environment, user and limits are those of the container's own,\n" +
			"changed by flags, or as --process says.",
		flags: o.flags,
		run: func(args []string) error {
			err := r.exec(args[0], args[1:], &o)
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
	env, gids, caps []string
	cgroups         []string
	tty, noNewPrivs bool
	sockets         socketOptions
	detach          bool
	pidFile         string
	preserveFDs     int
	ignorePaused    bool
}

func (o *execOptions) flags(f *flags) {
	f.string(&o.process, "process p", "execute what `FILE` describes, an object like process in config.json")
	f.string(&o.cwd, "cwd", "the program's working `DIR`ectory in the container")
	f.list(&o.env, "env e", "add `NAME=VALUE` to the environment")
	f.string(&o.user, "user u", "run as `UID[:GID]`, which are numbers")
	f.list(&o.gids, "additional-gids g", "add the supplementary group `GID`")
	f.list(&o.caps, "cap c", "add the capability `NAME`, but not for what the program executes")
	f.bool(&o.tty, "tty t", "give the program a terminal")
	o.sockets.flags(f)
	f.bool(&o.noNewPrivs, "no-new-privs", "set no_new_privs")
	f.bool(&o.detach, "detach d", "do not wait for the program's end")
	f.list(&o.cgroups, "cgroup", "put the program into the cgroup `[CONTROLLER:]PATH` below the container's")
	f.string(&o.pidFile, "pid-file", "write the program's pid to `FILE`")
	f.int(&o.preserveFDs, "preserve-fds", preserveUsage)
	f.bool(&o.ignorePaused, "ignore-paused", "start the program in a paused container too, where it waits")
	f.string(&o.label, "process-label", "give the program the SELinux `LABEL`")
	f.string(&o.profile, "apparmor", "give the program the AppArmor `PROFILE`")
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
	caught, err := catchSignals(cfg.Process.Terminal)
	if err != nil {
		return err
	}
	f, err := c.Exec(cfg)
	if err != nil {
		return err
	}
	return r.foreground(f, caught)
}

func (r *rt) execConfig(c *libcontainer.Container, args []string, o *execOptions) (libcontainer.ExecConfig, error) {
	cfg := libcontainer.ExecConfig{
		Stdio:        [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sockets:      o.sockets.paths(),
		IgnorePaused: o.ignorePaused,
		Warn:         r.log.warn,
	}
	var err error
	if cfg.Cgroups, err = subCgroups(o.cgroups); err != nil {
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
