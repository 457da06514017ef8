package cli

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/oci-rt/rt/internal/term"
	"github.com/urfave/cli/v2"
)

func (r *rt) listCommand() *cli.Command {
	var format string
	var quiet bool
	return &cli.Command{
		Name:  "list",
		Usage: "list the containers",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "print the list in `FORMAT`: table or json", Value: "table", Destination: &format},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print only the ids", Destination: &quiet},
		},
		Action: func(*cli.Context) error { return r.list(format, quiet) },
	}
}

func (r *rt) list(format string, quiet bool) error {
	if format != "table" && format != "json" {
		return fmt.Errorf("--format: %q (want table or json)", format)
	}
	// A directory that was asked for must exist. The default one is made for
	// the first container.
	if _, err := os.Stat(r.store.Root); err != nil && r.options.root != "" {
		return fmt.Errorf("--root: %w", err)
	}
	infos, faults, err := r.store.List()
	if err != nil {
		return err
	}
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
			i.ID, i.Pid, i.Status, term.Printable(i.Bundle), i.Created, i.Owner)
	}
	return t.Flush()
}
