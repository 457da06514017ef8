package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Marks of where the table is in a document.
const (
	beginMark = "<!-- make bench-shim writes what follows -->\n"
	endMark   = "<!-- make bench-shim has written what comes before -->\n"
)

// insert puts the table where the marks of a document are.
func (r *result) insert(text string) (string, error) {
	before, rest, found := strings.Cut(text, beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !found || !ended {
		return "", errors.New("has no marks for the table")
	}
	var b strings.Builder
	if err := r.writeTable(&b); err != nil {
		return "", err
	}
	return before + beginMark + "\n" + b.String() + "\n" + endMark + after, nil
}

// writeTable writes the results in Markdown: of each peer the median and the minimum, and
// rt's part of the others' beside what it is to be.
func (r *result) writeTable(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; load %s at the beginning, %s at the end.\n\n", r.Machine, r.Load[0], r.Load[1])
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		fmt.Fprintf(&b, "- %s: %s\n", name, r.Versions[name])
	}
	b.WriteString("\n| |")
	for _, name := range r.Peers {
		fmt.Fprintf(&b, " %s |", name)
	}
	for _, name := range r.others() {
		fmt.Fprintf(&b, " %s of %s | aim |", r.Peers[0], name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(r.Peers)+2*len(r.others())) + "\n")
	for _, m := range r.Metrics {
		r.writeRow(&b, m)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// others are the peers that the first one is compared with.
func (r *result) others() []string { return r.Peers[min(1, len(r.Peers)):] }

func (r *result) writeRow(b *strings.Builder, m *metric) {
	title := m.Title
	if m.Unit != "" {
		title += ", " + m.Unit
	}
	fmt.Fprintf(b, "| %s |", title)
	for _, f := range m.Figures {
		fmt.Fprintf(b, " %s (%s) |", number(f.Median), number(f.Minimum))
	}
	for i, name := range r.others() {
		if m.Alone {
			b.WriteString(" | |")
			continue
		}
		aim := ""
		if a := m.Aims[name]; a != 0 {
			aim = fmt.Sprint(a)
		}
		fmt.Fprintf(b, " **%.2f** | %s |", m.Figures[i+1].Ratio, aim)
	}
	b.WriteString("\n")
}

// number writes three digits of what is small, and no fraction of what is not.
func number(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
