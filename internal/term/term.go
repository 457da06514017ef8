// Package term tells what may be written to a file: plain text, or also what only
// a terminal understands.
package term

import (
	"os"
	"strconv"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Output is what a file understands.
type Output struct {
	// Terminal: a person looks at it.
	Terminal bool
	// Escapes: it is a terminal that moves its cursor and erases lines when it is
	// told so. TERM=dumb says that it does not.
	Escapes bool
	// Colour: it is such a terminal, and the user wants colours. A variable
	// NO_COLOR that is not empty says no (no-color.org).
	Colour bool
	// Width is how many columns a line has, or 0 if that is not known. COLUMNS
	// comes before what the terminal says: with it a user can tell the width of a
	// pager.
	Width int
	// Height is how many lines the terminal has, or 0.
	Height int
}

// Printable returns a name that others have chosen, such as a container's own
// processes, as what can be shown: a terminal would obey the escape codes in it,
// and a table fall apart at a tab.
func Printable(name string) string {
	for _, r := range name {
		if !strconv.IsPrint(r) || r == utf8.RuneError {
			quoted := strconv.Quote(name)
			return quoted[1 : len(quoted)-1]
		}
	}
	return name
}

// Of finds out what a file understands.
func Of(f *os.File) Output {
	var o Output
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err == nil {
		name := os.Getenv("TERM")
		o.Terminal = true
		o.Escapes = name != "" && name != "dumb"
		o.Colour = o.Escapes && os.Getenv("NO_COLOR") == ""
	}
	if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil {
		o.Width, o.Height = int(size.Col), int(size.Row)
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		o.Width = n
	}
	return o
}
