package cli

import (
	"flag"
	"io"
	"strings"
)

// flags are the flags of rt or of one of its commands: a [flag.FlagSet] that
// knows which names stand for one flag and in which order help lists them.
//
// As everywhere in package flag, "-name value", "--name value" and
// "--name=value" are the same, and flags come before the other arguments.
type flags struct {
	set   *flag.FlagSet
	names [][]string // the names of each flag, the longest first
}

func newFlags(name string) *flags {
	f := &flags{set: flag.NewFlagSet(name, flag.ContinueOnError)}
	f.set.SetOutput(io.Discard) // Main prints errors, and help is asked for
	f.set.Usage = func() {}
	return f
}

// bool defines a flag without a value. A second name is its short form. As in
// package flag, a `NAME` in backquotes in usage is what help calls the value.
func (f *flags) bool(p *bool, names, usage string) {
	for _, name := range f.add(names) {
		f.set.BoolVar(p, name, *p, usage)
	}
}

// string defines a flag with a value, which defaults to *p.
func (f *flags) string(p *string, names, usage string) {
	for _, name := range f.add(names) {
		f.set.StringVar(p, name, *p, usage)
	}
}

// int defines a flag with a number, which defaults to *p.
func (f *flags) int(p *int, names, usage string) {
	for _, name := range f.add(names) {
		f.set.IntVar(p, name, *p, usage)
	}
}

// list defines a flag with a value that may be given more than once.
func (f *flags) list(p *[]string, names, usage string) {
	for _, name := range f.add(names) {
		f.set.Func(name, usage, func(value string) error {
			*p = append(*p, value)
			return nil
		})
	}
}

func (f *flags) add(names string) []string {
	list := strings.Fields(names)
	f.names = append(f.names, list)
	return list
}

// parse parses the flags at the beginning of args and returns what follows.
// The error is flag.ErrHelp if they ask for help.
func (f *flags) parse(args []string) ([]string, error) {
	if err := f.set.Parse(args); err != nil {
		return nil, err
	}
	return f.set.Args(), nil
}
