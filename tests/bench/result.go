package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// result is everything that one bench finds.
type result struct {
	Rounds   int              `json:"rounds"`
	Notes    []string         `json:"notes,omitempty"`
	Programs map[string]int64 `json:"program_bytes"`
	Run      []figures        `json:"run"`
	State    []figures        `json:"state"`
	Created  []memory         `json:"created"`
	Exec     []figures        `json:"exec"`
	// ExecSeccomp is Exec in containers with a seccomp filter.
	ExecSeccomp []figures `json:"exec_seccomp"`
}

func (r *result) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func (r *result) writeText(out io.Writer) error {
	for _, note := range r.Notes {
		fmt.Fprintln(out, note)
	}
	fmt.Fprintf(out, "run /bin/true, %d interleaved rounds, ms\n", r.Rounds)
	if err := writeFigures(out, r.Run); err != nil {
		return err
	}
	fmt.Fprint(out, "\nstate of a created container, ms\n")
	if err := writeFigures(out, r.State); err != nil {
		return err
	}
	fmt.Fprint(out, "\nexec /bin/true in a running container, ms\n")
	if err := writeFigures(out, r.Exec); err != nil {
		return err
	}
	fmt.Fprint(out, "\nexec /bin/true in one with a seccomp filter like Docker's default, ms\n")
	if err := writeFigures(out, r.ExecSeccomp); err != nil {
		return err
	}
	fmt.Fprint(out, "\na created container whose init waits for its start, and the runtime's program, KiB\n")
	return r.writeMemory(out)
}

// writeFigures writes a table. Its ratios say how much the first takes of what
// each of the others takes.
func writeFigures(out io.Writer, list []figures) error {
	if len(list) == 0 {
		return nil
	}
	first := list[0].Name
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\twall\tminimum\tCPU\t%s's wall\t%[1]s's CPU\t\n", first)
	for i, f := range list {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t", f.Name, f.Median, f.Min, f.CPU)
		if i == 0 {
			fmt.Fprint(w, "\t\t\n")
		} else {
			fmt.Fprintf(w, "%.2f of it\t%.2f of it\t\n", f.WallRatio, f.CPURatio)
		}
	}
	return w.Flush()
}

func (r *result) writeMemory(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\tRSS\tcharged\tprogram\t\n")
	for _, m := range r.Created {
		charged := fmt.Sprint(m.Charged)
		if m.Charged < 0 {
			charged = "-"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t\n", m.Name, m.RSS, charged, r.Programs[m.Name]/1024)
	}
	return w.Flush()
}
