package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"
)

func (r *rt) listCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the containers",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "table", Usage: "`table` or json"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print the ids only"},
		},
		Action: r.list,
	}
}

func (r *rt) list(c *cli.Context) error {
	if c.Args().Present() {
		return fmt.Errorf("list: unexpected argument %q", c.Args().First())
	}
	format := c.String("format")
	if format != "table" && format != "json" {
		return fmt.Errorf("--format: %q (want table or json)", format)
	}
	infos, faults := r.store.List()
	for _, err := range faults {
		r.log.warn(err)
	}
	if c.Bool("quiet") {
		for _, i := range infos {
			fmt.Fprintln(c.App.Writer, i.ID)
		}
		return nil
	}
	list := make([]containerInfo, 0, len(infos))
	for _, i := range infos {
		list = append(list, newContainerInfo(i))
	}
	if format == "json" {
		return writeJSON(c.App.Writer, list)
	}
	return writeTable(c.App.Writer, list)
}

func writeTable(w io.Writer, list []containerInfo) error {
	t := tabwriter.NewWriter(w, 12, 1, 3, ' ', 0)
	fmt.Fprintln(t, "ID\tPID\tSTATUS\tBUNDLE\tCREATED\tOWNER")
	for _, i := range list {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\n",
			i.ID, i.Pid, i.Status, i.Bundle, i.Created.Format(time.RFC3339Nano), i.Owner)
	}
	return t.Flush()
}
