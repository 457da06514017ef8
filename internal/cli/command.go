package cli

import (
	"errors"
	"flag"
	"fmt"
	"strings"
)

// command is one of rt's commands.
type command struct {
	name  string
	args  string // what follows the flags, as in "ID [SIGNAL]" or "ID [COMMAND] [ARG...]"
	usage string // what it does, in a line
	about string // more of that, if a line is not enough
	flags func(*flags)
	run   func(args []string) error
}

// commands returns all commands in the order in which help lists them.
func (r *rt) commands() []*command {
	return []*command{
		r.createCommand(), r.startCommand(), r.runCommand(), r.execCommand(), r.stateCommand(),
		r.killCommand(), r.pauseCommand(), r.resumeCommand(), r.updateCommand(), r.checkpointCommand(), r.restoreCommand(), r.eventsCommand(), r.psCommand(), r.deleteCommand(), r.listCommand(), r.planCommand(),
		r.specCommand(), r.featuresCommand(),
	}
}

func (r *rt) command(name string) (*command, error) {
	for _, c := range r.commands() {
		if c.name == name {
			return c, nil
		}
	}
	return nil, fmt.Errorf("unknown command %q: see rt --help", name)
}

// dispatch runs the command that args begin with. Without one there is help.
func (r *rt) dispatch(args []string) error {
	if len(args) == 0 {
		return r.help()
	}
	name, args := args[0], args[1:]
	if name == "help" {
		return r.helpCommand(args)
	}
	c, err := r.command(name)
	if err != nil {
		return err
	}
	args, err = c.newFlags().parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return c.help(r.out)
	}
	if err == nil {
		err = c.checkArgs(args)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return c.run(args)
}

func (c *command) newFlags() *flags {
	f := newFlags(c.name)
	if c.flags != nil {
		c.flags(f)
	}
	return f
}

// checkArgs checks that there are as many arguments as c.args says.
func (c *command) checkArgs(args []string) error {
	want := strings.Fields(c.args)
	optional := strings.Count(c.args, "[")
	tooMany := len(args) > len(want) && !strings.HasSuffix(c.args, "...]")
	switch {
	case len(want) == 0 && len(args) > 0:
		return fmt.Errorf("unexpected argument %q", args[0])
	case len(args) < len(want)-optional || tooMany:
		return fmt.Errorf("%d arguments given, want %s", len(args), c.args)
	}
	return nil
}
