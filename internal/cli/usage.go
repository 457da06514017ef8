package cli

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// exitUnknownCommand is the status of a command line whose command is not
// one of rt's, as under runc.
const exitUnknownCommand = 3

// unknownCommand runs if no command does.
func unknownCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	name := c.Args().First()
	return cli.Exit(fmt.Errorf("unknown command %q: %w", name, cli.ShowCommandHelp(c, name)), exitUnknownCommand)
}

// usageError says what is wrong with the flags of rt or of a command. If the
// log's flags stand before a wrong one, the error goes to that log.
func (r *rt) usageError(c *cli.Context, err error, ofCommand bool) error {
	err = suggestFlag(err, c.Command.Flags)
	if ofCommand {
		return fmt.Errorf("%s: %w", c.Command.Name, err)
	}
	o := &r.options
	_ = r.log.configure(o.log, o.logFormat, o.debug) // one error is enough
	return err
}

// suggestFlag adds to the error of an unknown flag which flag may be meant.
func suggestFlag(err error, flags []cli.Flag) error {
	unknown, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return err
	}
	if like := cli.SuggestFlag(flags, unknown, false); like != "" {
		return fmt.Errorf("%w (did you mean %s?)", err, like)
	}
	return err
}
