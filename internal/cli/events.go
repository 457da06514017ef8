package cli

import (
	"fmt"
	"time"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

func (r *rt) eventsCommand() *cli.Command {
	var interval string
	var once bool
	return &cli.Command{
		Name:      "events",
		ArgsUsage: "ID",
		Usage:     "print resource usage and out-of-memory events of a container as JSON lines until it stops",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "interval", Usage: "print the resource usage every `TIME`", Value: "5s", Destination: &interval},
			&cli.BoolFlag{Name: "stats", Usage: "print the resource usage once and exit", Destination: &once},
		},
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			pause, err := time.ParseDuration(interval)
			if err != nil || pause <= 0 {
				return fmt.Errorf("--interval: %q (want a time like 5s)", interval)
			}
			return r.with(c.Args().First(), func(of *libcontainer.Container) error {
				if once {
					return r.printStats(c.Args().First(), of)
				}
				return of.Events(c.Context, pause, r.printEvent)
			})
		},
	}
}

// printStats prints the usage of a container that has not stopped, as under runc.
func (r *rt) printStats(id string, c *libcontainer.Container) error {
	status, err := c.Status()
	switch {
	case err != nil:
		return err
	case status == libcontainer.Stopped:
		return libcontainer.ErrNotRunning
	}
	s, err := c.Stats()
	if err != nil {
		return err
	}
	return r.printEvent(&libcontainer.Event{Type: "stats", ID: id, Data: s})
}

func (r *rt) printEvent(e *libcontainer.Event) error {
	_, err := r.out.Write(append(plainjson.Append(nil, e), '\n'))
	return err
}
