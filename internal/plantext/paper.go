// Package plantext prints plans for people, in the width and with the colours that
// their terminal has.
package plantext

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/oci-rt/rt/libcontainer/plan"
)

// Style is how text is printed.
type Style struct {
	Width  int  // in columns
	Colour bool // with escape sequences
	// Full leaves nothing out: every step, and in a comparison also what is
	// explained by something else.
	Full bool
}

// The widths of lines. Narrower than the first nothing can be read, and wider than
// the last no eye finds the next line.
const (
	minWidth   = 40
	UsualWidth = 100 // if there is no terminal
	maxWidth   = 160
)

// paper is what is printed on.
type paper struct {
	out    *bufio.Writer
	style  Style
	mounts map[string]plan.Fact // by the JSON path of the mount
}

func newPaper(w io.Writer, s Style) *paper {
	if s.Width == 0 {
		s.Width = UsualWidth
	}
	s.Width = min(max(s.Width, minWidth), maxWidth)
	return &paper{out: bufio.NewWriter(w), style: s}
}

// ink is how a piece of text looks on a terminal: the parameters of an escape
// sequence (ECMA-48, SGR).
type ink string

const (
	plain  ink = ""
	bold   ink = "1"
	faint  ink = "2"
	red    ink = "31"
	green  ink = "32"
	yellow ink = "33"
	blue   ink = "34"
	alarm  ink = "1;31"
)

func (p *paper) ink(i ink, text string) string {
	if !p.style.Colour || i == plain || text == "" {
		return text
	}
	return "\x1b[" + string(i) + "m" + text + "\x1b[0m"
}

// line prints a line.
func (p *paper) line(text string) {
	p.out.WriteString(text)
	p.out.WriteByte('\n')
}

// hang prints text behind label, which takes up indent columns. Further lines are
// indented as much.
func (p *paper) hang(label string, indent int, i ink, text string) {
	p.out.WriteString(label)
	if n := indent - columns(label); n > 0 {
		p.out.WriteString(strings.Repeat(" ", n))
	}
	for n, line := range wrap(text, p.style.Width-indent) {
		if n > 0 {
			p.out.WriteString(strings.Repeat(" ", indent))
		}
		p.line(p.ink(i, line))
	}
}

// columns returns how wide text is, escape sequences left out.
func columns(text string) int {
	n := 0
	for {
		before, rest, found := strings.Cut(text, "\x1b[")
		n += utf8.RuneCountInString(before)
		if !found {
			return n
		}
		_, text, _ = strings.Cut(rest, "m")
	}
}

// wrap breaks text between words. A word that is wider than a line keeps a line of
// its own: a path is to be copied in one piece.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line) < 4: // the mode of a mount
			line += " " + word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, strings.TrimRight(line, " "))
			line = word
		}
	}
	return append(lines, line)
}
