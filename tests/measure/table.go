package measure

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteTable writes a metric in a line, in Markdown: of each peer the median and the
// minimum, and the first one's part of the others' beside what it is to be. A group of
// metrics has a table of its own under its name.
func (r *Result) WriteTable(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; load %s at the beginning, %s at the end.\n\n", r.Machine, r.Load[0], r.Load[1])
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		fmt.Fprintf(&b, "- %s: %s\n", name, r.Versions[name])
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	for i, m := range r.Metrics {
		if i == 0 || m.Group != r.Metrics[i-1].Group {
			r.writeHead(&b, m.Group)
		}
		r.writeRow(&b, m)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// aimed reports whether there are aims for another peer in a group of metrics.
func (r *Result) aimed(name, group string) bool {
	return slices.ContainsFunc(r.Metrics, func(m *Metric) bool { return m.Group == group && m.Aims[name] != 0 })
}

func (r *Result) writeHead(b *strings.Builder, group string) {
	columns := len(r.Peers)
	fmt.Fprintf(b, "\n| %s |", group)
	for _, name := range r.Peers {
		fmt.Fprintf(b, " %s |", name)
	}
	for _, name := range r.others() {
		columns++
		fmt.Fprintf(b, " %s of %s |", r.Peers[0], name)
		if r.aimed(name, group) {
			columns++
			b.WriteString(" aim |")
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", columns) + "\n")
}

func (r *Result) writeRow(b *strings.Builder, m *Metric) {
	title := m.Title
	if m.Unit != "" {
		title += ", " + m.Unit
	}
	fmt.Fprintf(b, "| %s |", title)
	for _, f := range m.Figures {
		b.WriteString(cell(f))
	}
	for i, name := range r.others() {
		b.WriteString(ratio(m, i+1))
		if r.aimed(name, m.Group) {
			b.WriteString(aim(m.Aims[name]))
		}
	}
	b.WriteString("\n")
}

func cell(f Figures) string {
	switch f.Samples {
	case 0:
		return " – |"
	case 1:
		return fmt.Sprintf(" %s |", number(f.Median))
	}
	return fmt.Sprintf(" %s (%s) |", number(f.Median), number(f.Minimum))
}

func ratio(m *Metric, peer int) string {
	if m.Alone || m.Figures[peer].Ratio == 0 {
		return " |"
	}
	return fmt.Sprintf(" **%.2f** |", m.Figures[peer].Ratio)
}

func aim(a float64) string {
	if a == 0 {
		return " |"
	}
	return fmt.Sprintf(" %v |", a)
}

// number writes three digits of what is small, and no fraction of what is not.
func number(v float64) string {
	switch {
	case v == float64(int(v)):
		return fmt.Sprint(int(v))
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
