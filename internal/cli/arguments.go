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

// flagNames finds a flag by any of its names, and knows which of them are on a command
// line that it has put in order.
type flagNames struct {
	list  []*flagName // as they were given
	named map[string]*flagName
	all   bool // package cli wants to know all flags: to show help, or to say which an unknown one may be
}

type flagName struct {
	flag       cli.Flag
	long       string // the first name, which errors are to name
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

// namesOf returns what f.Names does for rt's flags, without the regular expression that
// it runs on each.
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

// needed returns those flags that package cli has to know for the command line that was
// put in order: those on it, and those with a default. It compares each flag that it
// knows with each other one, and finds their names by a regular expression every time:
// for all flags of exec that takes a tenth of an exec.
func (n *flagNames) needed() []cli.Flag {
	var flags []cli.Flag
	for _, f := range n.list {
		if n.all || f.given || hasDefault(f.flag) {
			flags = append(flags, f.flag)
		}
	}
	return flags
}

// hasDefault reports whether a flag that is not given has a value all the same.
func hasDefault(f cli.Flag) bool {
	described, ok := f.(cli.DocGenerationFlag)
	return !ok || described.GetValue() != ""
}

// arrangeCommand returns the arguments of a command in the order that package
// cli wants, and leaves the command those flags that are needed. What follows the
// program of an exec, or the container of a ps, is not for rt.
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

// arrange divides arguments into flags with their values and others. Flags are
// found up to a "--", and before as many other arguments as among says. They get their
// first names, since package cli refuses two names of one flag on one line.
//
// There are no others if help is asked for, since cli would take one for the name of a
// command to explain, or if a flag at the end lacks its value, which must not become one.
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

// helpFlag is the first name of package cli's own flag.
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
