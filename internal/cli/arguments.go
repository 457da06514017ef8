package cli

import (
	"math"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Package cli takes for flags only what stands before the other arguments.
// runc takes flags behind them as well, and scripts rely on it. So here a
// command line is put in order, and nothing else: what a flag means, and whether
// there is one of that name, is left to package cli.

// flagNames finds a flag by any of its names.
type flagNames map[string]flagName

type flagName struct {
	long       string // the first name, which errors are to name
	takesValue bool
}

func newFlagNames(flags []cli.Flag) flagNames {
	names := flagNames{}
	for _, f := range append(slices.Clip(flags), cli.HelpFlag) {
		all := f.Names()
		described, ok := f.(cli.DocGenerationFlag)
		for _, name := range all {
			names[name] = flagName{long: all[0], takesValue: ok && described.TakesValue()}
		}
	}
	return names
}

// arrangeCommand returns the arguments of a command in the order that package
// cli wants. What follows the program of an exec, or the container of a ps, is
// not for rt.
func arrangeCommand(c *cli.Command, args []string) []string {
	among := math.MaxInt
	if openEnded(c.ArgsUsage) {
		among = len(strings.Fields(c.ArgsUsage)) - 1
	}
	flags, others := newFlagNames(c.Flags).arrange(args, among)
	if len(others) == 0 {
		return flags
	}
	return slices.Concat(flags, []string{"--"}, others)
}

// arrange divides arguments into flags with their values and others. Flags are
// found up to a "--", and before as many other arguments as among says. They get their
// first names, since package cli refuses two names of one flag on one line.
//
// There are no others if help is asked for, since cli would take one for the name of a
// command to explain, or if a flag at the end lacks its value, which must not become one.
func (n flagNames) arrange(args []string, among int) (flags, others []string) {
	for len(args) > 0 && len(others) < among {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			others = append(others, arg)
			continue
		}
		f, arg, hasValue := n.find(arg)
		flags = append(flags, arg)
		switch {
		case f.long == cli.HelpFlag.Names()[0]:
			return flags, nil
		case f.takesValue && !hasValue && len(args) == 0:
			return flags, nil
		case f.takesValue && !hasValue:
			flags = append(flags, args[0])
			args = args[1:]
		}
	}
	return flags, append(others, args...)
}

// find returns the flag that an argument names, the argument with its first name,
// and whether its value is in the same argument.
func (n flagNames) find(arg string) (f flagName, long string, hasValue bool) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	f, known := n[name]
	switch {
	case !known:
		return f, arg, hasValue
	case hasValue:
		return f, "--" + f.long + "=" + value, true
	}
	return f, "--" + f.long, false
}
