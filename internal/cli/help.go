package cli

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// helpCommand prints what rt can do, or one of its commands.
func (r *rt) helpCommand(args []string) error {
	if len(args) == 0 {
		return r.help()
	}
	c, err := r.command(args[0])
	if err != nil {
		return err
	}
	return c.help(r.out)
}

func (r *rt) help() error {
	t := &table{}
	for _, c := range r.commands() {
		t.row(c.name, c.usage)
	}
	t.row("help", "print this, or with a command's name its help")
	commands := t.String()
	_, err := fmt.Fprintf(r.out, "rt: %s\n\nusage: rt [FLAG...] COMMAND [FLAG...] [ARGUMENT...]\n\ncommands:\n%s\nflags:\n%s",
		slogan, commands, new(globalOptions).flags())
	return err
}

func (c *command) help(w io.Writer) error {
	f := c.newFlags()
	line := "rt " + c.name
	if len(f.names) > 0 {
		line += " [FLAG...]"
	}
	if c.args != "" {
		line += " " + c.args
	}
	text := fmt.Sprintf("%s: %s\n\nusage: %s\n", c.name, c.usage, line)
	if c.about != "" {
		text += "\n" + c.about + "\n"
	}
	if len(f.names) > 0 {
		text += "\nflags:\n" + f.String()
	}
	_, err := io.WriteString(w, text)
	return err
}

// String lists the flags, a line each.
func (f *flags) String() string {
	t := &table{}
	for _, names := range f.names {
		fl := f.set.Lookup(names[0])
		value, usage := flag.UnquoteUsage(fl)
		if fl.DefValue != "" && fl.DefValue != "false" && fl.DefValue != "0" {
			usage += " (default: " + fl.DefValue + ")"
		}
		t.row(strings.TrimSpace("--"+strings.Join(names, ", -")+" "+value), usage)
	}
	return t.String()
}

// table aligns lines of two columns.
type table struct {
	rows  [][2]string
	width int // of the first column
}

func (t *table) row(left, right string) {
	t.rows = append(t.rows, [2]string{left, right})
	t.width = max(t.width, len(left))
}

func (t *table) String() string {
	var text strings.Builder
	for _, r := range t.rows {
		fmt.Fprintf(&text, "   %-*s   %s\n", t.width, r[0], r[1])
	}
	return text.String()
}
