package cli

import (
	"fmt"
	"time"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

func (r *rt) eventsCommand() *cli.Command {
	var o eventsOptions
	return &cli.Command{
		Name:      "events",
		ArgsUsage: "ID",
		Usage:     "print resource usage and out-of-memory events of a container as JSON lines until it stops",
		Description: "With --format table, the usage is a table for people, with a bar for each limit. On a terminal it is\n" +
			"refreshed in place; elsewhere each table follows the one before.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "print in `FORMAT`: table or json", Value: "json", Destination: &o.format},
			&cli.StringFlag{Name: "interval", Usage: "print the resource usage every `TIME` (default: 5s, and 1s for a table)", Destination: &o.interval},
			&cli.BoolFlag{Name: "stats", Usage: "print the resource usage once and exit; as a table: print it until the container stops, and no events", Destination: &o.stats},
		},
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			pause, err := o.pause()
			if err != nil {
				return err
			}
			return r.with(c.Args().First(), func(of *libcontainer.Container) error {
				switch {
				case o.format == "table":
					return r.watchStats(c.Context, c.Args().First(), of, pause, o.stats)
				case o.stats:
					return r.printStats(c.Args().First(), of)
				}
				return of.Events(c.Context, pause, r.printEvent)
			})
		},
	}
}

type eventsOptions struct {
	format, interval string
	stats            bool
}

// pause checks the flags and returns the interval.
func (o *eventsOptions) pause() (time.Duration, error) {
	interval := o.interval
	switch {
	case o.format != "table" && o.format != "json":
		return 0, fmt.Errorf("--format: %q (want table or json)", o.format)
	case interval == "" && o.format == "table":
		return time.Second, nil
	case interval == "":
		return 5 * time.Second, nil
	}
	pause, err := time.ParseDuration(interval)
	if err != nil || pause <= 0 {
		return 0, fmt.Errorf("--interval: %q (want a time like 5s)", interval)
	}
	return pause, nil
}

// printStats prints the usage of a container that has not stopped, as under runc.
func (r *rt) printStats(id string, c *libcontainer.Container) error {
	s, err := statsOfRunning(c)
	if err != nil {
		return err
	}
	return r.printEvent(&libcontainer.Event{Type: "stats", ID: id, Data: s})
}

func statsOfRunning(c *libcontainer.Container) (*libcontainer.Stats, error) {
	status, err := c.Status()
	switch {
	case err != nil:
		return nil, err
	case status == libcontainer.Stopped:
		return nil, libcontainer.ErrNotRunning
	}
	return c.Stats()
}

func (r *rt) printEvent(e *libcontainer.Event) error {
	_, err := r.out.Write(append(plainjson.Append(nil, e), '\n'))
	return err
}
