package cli

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// exitStatuses are those of the commands that have more than 0 and 1, or mean something
// else by them.
var exitStatuses = map[string]string{
	"plan":    "0, or 1 if it fails or a flag is wrong. With --diff: 0 if nothing differs, 1 if something does, and 2 if it fails.",
	"run":     "That of the container's program, or 128 plus the number of the signal that killed it. If rt itself fails, and with --detach, 1 for a failure and 0 otherwise.",
	"restore": "That of the container's program, or 128 plus the number of the signal that killed it. If rt itself fails, and with --detach, 1 for a failure and 0 otherwise.",
	"exec":    "That of the program, or 128 plus the number of the signal that killed it. If rt itself fails, 255. With --detach, 0 if the program has started.",
}

// commandPage returns the page of a command. What the command does not say of itself is
// from docs/commands.md, whose examples tests/docs runs.
func commandPage(t *testing.T, c *cli.Command) string {
	t.Helper()
	text, examples := documented(t, c.Name)
	var page strings.Builder
	fmt.Fprintf(&page, ".\\\" Written by go test ./internal/cli -run ManPage -update\n.TH RT\\-%s 8 \"\" \"\" \"System Administration\"\n", strings.ToUpper(c.Name))
	fmt.Fprintf(&page, ".SH NAME\nrt\\-%s \\- %s\n", c.Name, roff(c.Usage))
	fmt.Fprintf(&page, ".SH SYNOPSIS\n\\fBrt %s\\fR [\\fIFLAG\\fR ...]%s\n", c.Name, synopsis(c.ArgsUsage))
	fmt.Fprintf(&page, ".SH DESCRIPTION\n%s\n", text)
	if c.Description != "" {
		fmt.Fprintf(&page, ".PP\n%s\n", roff(c.Description))
	}
	if len(c.Flags) > 0 {
		page.WriteString(".SH FLAGS\n")
		manFlags(&page, c.Flags)
		page.WriteString(".PP\n")
	}
	page.WriteString("The global flags are in\n.BR rt (8).\n")
	status := exitStatuses[c.Name]
	if status == "" {
		status = "0, or 1 if it fails or a flag is wrong."
	}
	fmt.Fprintf(&page, ".SH EXIT STATUS\n%s\n.SH EXAMPLES\n.nf\n%s\n.fi\n.SH SEE ALSO\n.BR rt (8)\n", roff(status), roff(examples))
	return page.String()
}

// argument matches the name of an argument.
var argument = regexp.MustCompile(`[A-Z-]+`)

func synopsis(arguments string) string {
	if arguments == "" {
		return ""
	}
	return " " + argument.ReplaceAllStringFunc(arguments, func(s string) string { return `\fI` + roff(s) + `\fR` })
}

// documented returns what docs/commands.md says of a command: its first paragraph, for
// man(7), and its last block of examples.
func documented(t *testing.T, command string) (text, examples string) {
	t.Helper()
	data, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "\n## rt "+command+"\n\n")
	section, _, _ = strings.Cut(section, "\n## ")
	text, _, _ = strings.Cut(section, "\n\n")
	blocks := strings.Split(section, "\n```console\n")
	if !found || len(blocks) < 3 {
		t.Fatalf("docs/commands.md needs a section rt %s with a paragraph, the block of rt %[1]s --help and one of examples", command)
	}
	examples, _, _ = strings.Cut(blocks[len(blocks)-1], "\n```")
	return markdownToRoff(text), examples
}

var (
	markdownLink = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)
	markdownCode = regexp.MustCompile("`([^`]*)`")
)

func markdownToRoff(text string) string {
	text = markdownLink.ReplaceAllString(text, "$1")
	return markdownCode.ReplaceAllString(roff(text), `\fB$1\fR`)
}

func manFlags(page *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		described := f.(cli.DocGenerationFlag)
		value, usage := flag.UnquoteUsage(&flag.Flag{Usage: described.GetUsage()})
		line := `\fB` + roff("--"+strings.Join(f.Names(), ", -")) + `\fR`
		if described.TakesValue() {
			line += ` \fI` + roff(value) + `\fR`
		}
		if s, ok := f.(*cli.StringFlag); ok && s.Value != "" {
			usage += " (default: " + s.Value + ")"
		}
		fmt.Fprintf(page, ".TP\n%s\n%s\n", line, roff(usage))
	}
}

// roff escapes what man(7) would take for something else.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
