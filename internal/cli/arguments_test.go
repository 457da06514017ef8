package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// parsed is what a command line means to a command with one flag of each kind.
type parsed struct {
	force  bool
	bundle string
	env    string
	args   string
}

// parseLine parses a line as one of a command with the given arguments.
func parseLine(argsUsage, line string) (p parsed, err error) {
	var env cli.StringSlice
	command := &cli.Command{
		Name: "test", ArgsUsage: argsUsage, HideHelpCommand: true,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Destination: &p.force},
			&cli.StringFlag{Name: "bundle", Aliases: []string{"b"}, Value: ".", Destination: &p.bundle},
			&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, KeepSpace: true, Destination: &env},
		},
		Action: func(c *cli.Context) error {
			p.args = strings.Join(c.Args().Slice(), " ")
			return nil
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
	}
	app := new(rt).app()
	app.Before, app.Commands = nil, []*cli.Command{command}
	err = app.Run(append([]string{"rt", "test"}, arrangeCommand(command, strings.Fields(line))...))
	p.env = strings.Join(env.Value(), " ")
	return p, err
}

func TestFlagForms(t *testing.T) {
	tests := []struct {
		line string
		want parsed
	}{
		{"", parsed{bundle: "."}},
		{"c1", parsed{bundle: ".", args: "c1"}},
		{"--bundle dir c1", parsed{bundle: "dir", args: "c1"}},
		{"--bundle=dir c1", parsed{bundle: "dir", args: "c1"}},
		{"-bundle dir c1", parsed{bundle: "dir", args: "c1"}},
		{"-b dir --force c1", parsed{force: true, bundle: "dir", args: "c1"}},
		{"-f -b=dir c1", parsed{force: true, bundle: "dir", args: "c1"}},
		{"-b one --bundle two c1", parsed{bundle: "two", args: "c1"}},
		{"--bundle= c1", parsed{args: "c1"}},
		{"--bundle a=b c1", parsed{bundle: "a=b", args: "c1"}},
		{"--bundle --force c1", parsed{bundle: "--force", args: "c1"}},
		{"--force=false c1", parsed{bundle: ".", args: "c1"}},
		{"-e A=1,2 c1 --env B=3", parsed{bundle: ".", env: "A=1,2 B=3", args: "c1"}},
		{"c1 --force", parsed{force: true, bundle: ".", args: "c1"}},
		{"c1 -b dir c2 -f", parsed{force: true, bundle: "dir", args: "c1 c2"}},
		{"-- --force", parsed{bundle: ".", args: "--force"}},
		{"c1 -- --force", parsed{bundle: ".", args: "c1 --force"}},
		{"c1 -f -- -x -- --bundle", parsed{force: true, bundle: ".", args: "c1 -x -- --bundle"}},
		{"-", parsed{bundle: ".", args: "-"}},
		{"-b - c1", parsed{bundle: "-", args: "c1"}},
		{"force --force", parsed{force: true, bundle: ".", args: "force"}},
		{"help", parsed{bundle: ".", args: "help"}},
		{"h c1", parsed{bundle: ".", args: "h c1"}},
		{"test", parsed{bundle: ".", args: "test"}},
	}
	for _, tt := range tests {
		if got, err := parseLine("ID", tt.line); err != nil || got != tt.want {
			t.Errorf("%q: %+v, %v; want %+v", tt.line, got, err, tt.want)
		}
	}
}

// What another program is to have is not looked at.
func TestFlagsOfOthers(t *testing.T) {
	tests := []struct {
		usage, line string
		want        parsed
	}{
		{"ID [COMMAND] [ARG...]", "-f c1 sh -b x", parsed{force: true, bundle: ".", args: "c1 sh -b x"}},
		{"ID [COMMAND] [ARG...]", "c1 -f -b x sh --force", parsed{force: true, bundle: "x", args: "c1 sh --force"}},
		{"ID [COMMAND] [ARG...]", "c1 -- sh -f", parsed{bundle: ".", args: "c1 sh -f"}},
		{"ID [COMMAND] [ARG...]", "c1 -f -- --sh -- -f", parsed{force: true, bundle: ".", args: "c1 --sh -- -f"}},
		{"ID [COMMAND] [ARG...]", "-- c1 sh -f", parsed{bundle: ".", args: "c1 sh -f"}},
		{"ID [COMMAND] [ARG...]", "c1 sh -- -f", parsed{bundle: ".", args: "c1 sh -- -f"}},
		{"ID [PS-OPTION...]", "c1 -f -b x", parsed{bundle: ".", args: "c1 -f -b x"}},
		{"ID [PS-OPTION...]", "-f c1 --bundle", parsed{force: true, bundle: ".", args: "c1 --bundle"}},
	}
	for _, tt := range tests {
		if got, err := parseLine(tt.usage, tt.line); err != nil || got != tt.want {
			t.Errorf("%s: %q: %+v, %v; want %+v", tt.usage, tt.line, got, err, tt.want)
		}
	}
}

func TestFlagErrors(t *testing.T) {
	tests := []struct{ line, want string }{
		{"--nonsense c1", "-nonsense"},
		{"c1 --nonsense", "-nonsense"},
		{"-x c1", "-x"},
		{"c1 ---force", "bad flag syntax"},
		{"--=x c1", "bad flag syntax"},
		{"--bundle", "flag needs an argument: -bundle"}, // engines look for these words
		{"c1 -b", "flag needs an argument: -bundle"},
		{"--force=perhaps c1", `"perhaps"`},
	}
	for _, tt := range tests {
		_, err := parseLine("ID", tt.line)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v, want one line with %q", tt.line, err, tt.want)
		}
	}
}

// Package cli gets to know those flags alone that a line needs: all for help and for
// an unknown flag, which it compares with them.
func TestNeededFlags(t *testing.T) {
	for line, want := range map[string]string{
		"c1":            "bundle",
		"c1 --force":    "force bundle",
		"-f c1 -e A=1":  "force bundle env",
		"c1 -- --force": "bundle",
		"--help":        "force bundle env",
		"--forced c1":   "force bundle env",
		"-e A=1 -x c":   "force bundle env",
	} {
		command := &cli.Command{ArgsUsage: "ID", Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}},
			&cli.StringFlag{Name: "bundle", Aliases: []string{"b"}, Value: "."},
			&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}},
		}}
		arrangeCommand(command, strings.Fields(line))
		var got []string
		for _, f := range command.Flags {
			got = append(got, f.Names()[0])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// The names of rt's own flags are those that package cli finds.
func TestNamesOf(t *testing.T) {
	r := new(rt)
	flags := append(r.app().Flags, cli.HelpFlag)
	for _, c := range r.commands("") {
		flags = append(flags, c.Flags...)
	}
	for _, f := range flags {
		long, aliases := namesOf(f)
		if got, want := append([]string{long}, aliases...), f.Names(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
