package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
)

func (r *rt) listCommand() *command {
	format, quiet := "table", false
	return &command{
		name:  "list",
		usage: "list the containers",
		flags: func(f *flags) {
			f.string(&format, "format f", "`FORMAT` of the list: table or json")
			f.bool(&quiet, "quiet q", "print the ids only")
		},
		run: func([]string) error { return r.list(format, quiet) },
	}
}

func (r *rt) list(format string, quiet bool) error {
	if format != "table" && format != "json" {
		return fmt.Errorf("--format: %q (want table or json)", format)
	}
	infos, faults := r.store.List()
	for _, err := range faults {
		r.log.warn(err)
	}
	if quiet {
		for _, i := range infos {
			fmt.Fprintln(r.out, i.ID)
		}
		return nil
	}
	list := make([]containerInfo, 0, len(infos))
	for _, i := range infos {
		list = append(list, newContainerInfo(i))
	}
	if format == "json" {
		return writeJSON(r.out, list)
	}
	return writeTable(r.out, list)
}

func writeTable(w io.Writer, list []containerInfo) error {
	t := tabwriter.NewWriter(w, 12, 1, 3, ' ', 0)
	fmt.Fprintln(t, "ID\tPID\tSTATUS\tBUNDLE\tCREATED\tOWNER")
	for _, i := range list {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\n",
			i.ID, i.Pid, i.Status, i.Bundle, i.Created, i.Owner)
	}
	return t.Flush()
}
