package cli

import (
	"math"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Package cli finds flags only before the other arguments. runc accepts flags after them
// as well, and scripts rely on it. So this file puts a command line in order, and does
// nothing else: package cli decides what a flag means, and whether it exists.

// flagNames finds a flag by any of its names, and knows which flags are on the command
// line that it has put in order.
type flagNames struct {
	list  []*flagName // as they were given
	named map[string]*flagName
	all   bool // package cli wants to know all flags: to show help, or to say which an unknown one may be
}

type flagName struct {
	flag       cli.Flag
	long       string // the first name, for errors
	takesValue bool
	given      bool
}

func newFlagNames(flags []cli.Flag) *flagNames {
	n := &flagNames{named: map[string]*flagName{}}
	for _, f := range flags {
		n.list = append(n.list, n.add(f))
	}
	n.add(cli.HelpFlag)
	return n
}

func (n *flagNames) add(f cli.Flag) *flagName {
	long, aliases := namesOf(f)
	described, ok := f.(cli.DocGenerationFlag)
	name := &flagName{flag: f, long: long, takesValue: ok && described.TakesValue()}
	n.named[long] = name
	for _, s := range aliases {
		n.named[s] = name
	}
	return name
}

// namesOf returns the same as f.Names for rt's flags, without running a regular
// expression on each.
func namesOf(f cli.Flag) (long string, aliases []string) {
	switch f := f.(type) {
	case *cli.BoolFlag:
		return f.Name, f.Aliases
	case *cli.StringFlag:
		return f.Name, f.Aliases
	}
	names := f.Names()
	return names[0], names[1:]
}

// needed returns the flags that package cli has to know for the command line: those on
// it, and those with a default. Package cli compares all flags that it knows with each
// other, and finds their names by a regular expression every time. For all flags of exec
// that takes a tenth of an exec.
func (n *flagNames) needed() []cli.Flag {
	var flags []cli.Flag
	for _, f := range n.list {
		if n.all || f.given || hasDefault(f.flag) {
			flags = append(flags, f.flag)
		}
	}
	return flags
}

// hasDefault reports whether a flag has a value even if it is not given.
func hasDefault(f cli.Flag) bool {
	described, ok := f.(cli.DocGenerationFlag)
	return !ok || described.GetValue() != ""
}

// arrangeCommand returns the arguments of a command in the order that package cli needs,
// and removes the flags from the command that are not needed. Arguments after the program
// of an exec, or the container of a ps, are not for rt.
func arrangeCommand(c *cli.Command, args []string) []string {
	among := math.MaxInt
	if openEnded(c.ArgsUsage) {
		among = len(strings.Fields(c.ArgsUsage)) - 1
	}
	names := newFlagNames(c.Flags)
	flags, others := names.arrange(args, among)
	c.Flags = names.needed()
	if len(others) == 0 {
		return flags
	}
	return slices.Concat(flags, []string{"--"}, others)
}

// arrange divides arguments into flags with their values and others. It looks for flags
// up to a "--", or until it has found as many others as among says. Flags get their first
// names, because package cli refuses two names of one flag on one line.
//
// There are no others if help is asked for, because cli would explain the command of that
// name. There are none either if the last flag lacks its value, because another argument
// must not become that value.
func (n *flagNames) arrange(args []string, among int) (flags, others []string) {
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
		case f.long == helpFlag:
			n.all = true
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

// helpFlag is the first name of package cli's own flag for help.
const helpFlag = "help"

// find returns the flag that an argument names, the argument with its first name,
// and whether its value is in the same argument.
func (n *flagNames) find(arg string) (f flagName, long string, hasValue bool) {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
	known := n.named[name]
	if known == nil {
		n.all = true
		return f, arg, hasValue
	}
	known.given = true
	long = "--" + known.long
	if hasValue {
		long += "=" + value
	}
	return *known, long, hasValue
}

// takesValue reports whether the flag of this name has a value.
func (n *flagNames) takesValue(name string) bool {
	f := n.named[name]
	return f != nil && f.takesValue
}
