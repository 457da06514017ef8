package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

func (r *rt) psCommand() *cli.Command {
	var format string
	return &cli.Command{
		Name:        "ps",
		ArgsUsage:   "ID [PS-OPTION...]",
		Usage:       "list the processes of a container",
		Description: "The table is the output of the host's ps(1) with the given options (default: -ef), reduced to the\ncontainer's processes. It must have a PID column.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "print the list in `FORMAT`: table or json", Value: "table", Destination: &format},
		},
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			return r.with(c.Args().First(), func(of *libcontainer.Container) error { return r.ps(of, format, c.Args().Tail()) })
		},
	}
}

func (r *rt) ps(c *libcontainer.Container, format string, options []string) error {
	pids, err := c.Processes()
	if err != nil {
		return err
	}
	switch format {
	case "json":
		return writePids(r.out, pids)
	case "table":
		return r.psTable(pids, options)
	}
	return fmt.Errorf("--format: %q (want table or json)", format)
}

func writePids(w io.Writer, pids []int) error {
	if pids == nil {
		pids = []int{}
	}
	_, err := w.Write(append(plainjson.Append(nil, pids), '\n'))
	return err
}

// psTable prints the lines of ps(1) that are about the processes. ps cannot
// select them itself, because options like -e would add other processes.
func (r *rt) psTable(pids []int, options []string) error {
	if len(options) == 0 {
		options = []string{"-ef"}
	}
	ps := exec.Command("ps", options...)
	ps.Stderr = os.Stderr
	table, err := ps.Output()
	if err != nil {
		return fmt.Errorf("ps %s: %w", strings.Join(options, " "), err)
	}
	chosen, err := linesOf(string(table), pids)
	if err != nil {
		return fmt.Errorf("ps %s: %w", strings.Join(options, " "), err)
	}
	_, err = io.WriteString(r.out, aligned(chosen))
	return err
}

// linesOf returns the headings of a table and the lines that are about the
// processes. Columns before that of the pid must not contain blanks.
func linesOf(table string, pids []int) (string, error) {
	headings, rows, _ := strings.Cut(table, "\n")
	column := slices.Index(strings.Fields(headings), "PID")
	if column < 0 {
		return "", errors.New("its output has no column PID")
	}
	var chosen strings.Builder
	chosen.WriteString(headings + "\n")
	for row := range strings.Lines(rows) {
		fields := strings.Fields(row)
		if len(fields) <= column {
			continue
		}
		pid, err := strconv.Atoi(fields[column])
		if err != nil {
			return "", fmt.Errorf("%q in the column PID is not a pid", fields[column])
		}
		if slices.Contains(pids, pid) {
			chosen.WriteString(row)
		}
	}
	return chosen.String(), nil
}
