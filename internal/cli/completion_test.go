package cli

import (
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
	"github.com/urfave/cli/v2"
)

// TestFishCompletion keeps docs/completion/rt.fish what the commands and flags
// say of themselves. With -update it writes the file. Bash and zsh ask rt
// instead.
func TestFishCompletion(t *testing.T) {
	app := new(rt).app()
	// cli's own command is a variable that contains itself once another test has
	// used it.
	app.HideHelpCommand = true
	app.Commands = append(new(rt).commands(""), &cli.Command{Name: "help", Usage: "print help for rt or for a command", HideHelp: true})
	app.Setup()
	text, err := app.ToFishCompletion()
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "../../../docs/completion/rt.fish", []byte(fishHead+text+fishIDs(app.Commands)))
}

const fishHead = "# Written by go test ./internal/cli -run FishCompletion -update\n"

// fishIDs completes the ids of containers, which only rt knows.
func fishIDs(commands []*cli.Command) string {
	var names []string
	for _, c := range commands {
		if c.BashComplete != nil {
			names = append(names, c.Name)
		}
	}
	return `
function __fish_rt_ids --description 'Ask rt for the ids of containers'
    set -l line (commandline -opc)
    # Behind a -- are another program's words, and rt would run the command.
    contains -- -- $line; and return
    $line[1] $line[2..-1] --generate-bash-completion 2>/dev/null </dev/null | string match --invert -- '-*'
end

complete -c rt -n '__fish_seen_subcommand_from ` + strings.Join(names, " ") + `' -a '(__fish_rt_ids)'
`
}
