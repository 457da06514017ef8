package trace

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// tableSlowest is how many of the slowest things the table has.
const tableSlowest = 10

// WriteTable writes the trace for a terminal: what the creator did, the phases of
// the init, and the slowest of both.
func (t *Trace) WriteTable(to io.Writer) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "%s: %s ms\n", t.Title, millis(t.Total))
	if t.Error != "" {
		fmt.Fprintf(w, "failed: %s\n", t.Error)
	}
	fmt.Fprintf(w, "\n%10s %10s  creator\n", "at ms", "took ms")
	for i := range t.Spans {
		s := &t.Spans[i]
		fmt.Fprintf(w, "%10s %10s  %s%s\n", millis(s.Begin), millis(s.Took()), waited(s.Wait), short(s.Name))
	}
	if len(t.Steps) > 0 {
		t.tablePhases(w)
	}
	fmt.Fprintf(w, "\n%10s %10s  slowest\n", "step", "took ms")
	for _, s := range t.Slowest(tableSlowest) {
		who := "creator"
		if s.Step >= 0 {
			who = fmt.Sprint(s.Step)
		}
		fmt.Fprintf(w, "%10s %10s  %s\n", who, millis(s.Took), short(s.What))
	}
	return w.Flush()
}

func (t *Trace) tablePhases(w io.Writer) {
	fmt.Fprintf(w, "\n%10s %10s  init\n", "at ms", "took ms")
	for _, p := range t.Phases() {
		fmt.Fprintf(w, "%10s %10s  %s", millis(p.Begin), millis(p.End-p.Begin), p.Name)
		if p.Waits > 0 {
			fmt.Fprintf(w, " (waits for %s)", millis(p.Waits))
		}
		fmt.Fprintln(w)
	}
}

// short cuts what would take many lines, such as the paths of all cgroups.
func short(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + " …"
	}
	return text
}

func waited(wait bool) string {
	if wait {
		return "(wait) "
	}
	return ""
}

func millis(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()*1e3) }
