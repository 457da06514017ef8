package cli

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// constructors make rt's commands, in the order in which help lists them.
var constructors = []struct {
	name string
	new  func(*rt) *cli.Command
}{
	{"create", (*rt).createCommand},
	{"start", (*rt).startCommand},
	{"run", (*rt).runCommand},
	{"exec", (*rt).execCommand},
	{"state", (*rt).stateCommand},
	{"kill", (*rt).killCommand},
	{"pause", (*rt).pauseCommand},
	{"resume", (*rt).resumeCommand},
	{"update", (*rt).updateCommand},
	{"checkpoint", (*rt).checkpointCommand},
	{"restore", (*rt).restoreCommand},
	{"events", (*rt).eventsCommand},
	{"ps", (*rt).psCommand},
	{"delete", (*rt).deleteCommand},
	{"list", (*rt).listCommand},
	{planName, (*rt).planCommand},
	{checkName, (*rt).checkCommand},
	{"info", (*rt).infoCommand},
	{"spec", (*rt).specCommand},
	{"features", (*rt).featuresCommand},
}

// commands returns the command of a name. If there is none, as for help, it
// returns all. To make and register all takes longer than a command like state
// does.
func (r *rt) commands(name string) []*cli.Command {
	for _, c := range constructors {
		if c.name == name {
			return []*cli.Command{r.complete(c.new(r))}
		}
	}
	all := make([]*cli.Command, 0, len(constructors))
	for _, c := range constructors {
		all = append(all, r.complete(c.new(r)))
	}
	return all
}

// complete gives a command what all commands have in common.
func (r *rt) complete(c *cli.Command) *cli.Command {
	// A subcommand called help would take the id of a container for the name of
	// a command.
	c.HideHelpCommand = true
	c.OnUsageError = r.usageError
	c.Flags = withoutDefault(c.Flags)
	run := c.Action
	c.Action = func(ctx *cli.Context) error {
		if err := checkArgs(c.ArgsUsage, ctx.Args().Slice()); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		return run(ctx)
	}
	return c
}

// withoutDefault keeps help from printing a default for each flag without a
// value.
func withoutDefault(flags []cli.Flag) []cli.Flag {
	for _, f := range flags {
		if b, ok := f.(*cli.BoolFlag); ok {
			b.DisableDefaultText = true
		}
	}
	return flags
}

// checkArgs checks that there are as many arguments as usage says, such as "ID
// [SIGNAL]" or "ID [COMMAND] [ARG...]".
func checkArgs(usage string, args []string) error {
	want := strings.Fields(usage)
	optional := strings.Count(usage, "[")
	tooMany := len(args) > len(want) && !openEnded(usage)
	switch {
	case len(want) == 0 && len(args) > 0:
		return fmt.Errorf("unexpected argument %q", args[0])
	case len(args) < len(want)-optional || tooMany:
		return fmt.Errorf("%d arguments given, want %s", len(args), usage)
	}
	return nil
}

// openEnded reports whether the last argument stands for any number of
// arguments of another program.
func openEnded(usage string) bool { return strings.HasSuffix(usage, "...]") }
