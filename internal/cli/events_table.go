package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/term"
	"github.com/oci-rt/rt/libcontainer"
)

// firstPause is how long the first table takes: rates need two readings.
const firstPause = 200 * time.Millisecond

// watchStats prints tables of a container's usage until it stops. Its events, of
// which there is only the lack of memory, are a line of the table.
func (r *rt) watchStats(ctx context.Context, id string, c *libcontainer.Container, interval time.Duration, statsOnly bool) error {
	first, err := statsOfRunning(c)
	if err != nil {
		return err
	}
	t := &statsTable{
		out: r.out, screen: func() term.Output { return term.Of(os.Stdout) },
		id: id, before: first, at: time.Now(), cpus: c.CPULimit,
	}
	if err := linux.Sleep(ctx, min(firstPause, interval)); err != nil {
		return err
	}
	second, err := c.Stats()
	if err != nil {
		return err
	}
	if err := t.show(second, time.Now()); err != nil {
		return err
	}
	return c.Events(ctx, interval, func(e *libcontainer.Event) error {
		if e.Type == "oom" && !statsOnly {
			t.oom++
		}
		if e.Data == nil {
			return nil // the next table has it
		}
		return t.show(e.Data, time.Now())
	})
}

// statsTable is the usage of a container as a person sees it.
type statsTable struct {
	out    io.Writer
	screen func() term.Output // the window may change
	id     string
	cpus   func() float64 // the limit of CPU time, which may change too
	before *libcontainer.Stats
	at     time.Time // of before
	oom    int       // how often it was out of memory
	shown  int       // lines of the table on the screen
}

// show prints the table of what was read at this time: on a terminal over the one
// before.
func (t *statsTable) show(now *libcontainer.Stats, at time.Time) error {
	screen := t.screen()
	list := usages(t.before, now, at.Sub(t.at), t.cpus())
	if t.oom > 0 {
		list = append(list, usage{name: "out of memory", used: strconv.Itoa(t.oom) + " times"})
	}
	lines := t.lines(list, at)
	t.before, t.at = now, at
	var b bytes.Buffer
	inPlace := screen.Escapes && len(lines) < screen.Height
	switch {
	case inPlace && t.shown > 0:
		fmt.Fprintf(&b, "\x1b[%dA", t.shown)
	case t.shown > 0:
		b.WriteByte('\n')
	}
	for _, l := range lines {
		b.WriteString(l.onScreen(screen, inPlace))
		b.WriteByte('\n')
	}
	if inPlace {
		b.WriteString("\x1b[J") // fewer lines than before
	}
	t.shown = len(lines)
	_, err := t.out.Write(b.Bytes())
	return err
}

// tableLine is a line of the table, with the part of a limit that it is about.
type tableLine struct {
	text string
	used float64
}

// Colours of bars: see console_codes(4).
const (
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	normal = "\x1b[m"
)

// onScreen returns the line as wide as the screen is at most: one that wraps could
// not be overwritten.
func (l tableLine) onScreen(screen term.Output, inPlace bool) string {
	text := l.text
	if r := []rune(text); inPlace && screen.Width > 0 && len(r) > screen.Width {
		text = string(r[:screen.Width])
	}
	colour := ""
	switch {
	case !screen.Colour:
	case l.used >= 0.95:
		colour = red
	case l.used >= 0.80:
		colour = yellow
	}
	if colour != "" {
		text = colour + text + normal
	}
	if inPlace {
		text += "\x1b[K"
	}
	return text
}

// lines lays out the table: a line that says of what and when it is, the headings
// and the usages.
func (t *statsTable) lines(list []usage, at time.Time) []tableLine {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 1, 3, ' ', 0)
	fmt.Fprintln(w, "RESOURCE\tUSED\tPER SECOND\tLIMIT\tOF THE LIMIT")
	for _, u := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.name, u.used, u.rate, u.limit, u.bar())
	}
	_ = w.Flush() // to memory
	lines := []tableLine{{text: t.id + "   " + at.Format(time.RFC3339)}}
	for i, text := range bytes.Split(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\n")) {
		l := tableLine{text: string(bytes.TrimRight(text, " "))}
		if i > 0 {
			l.used = list[i-1].part
		}
		lines = append(lines, l)
	}
	return lines
}
