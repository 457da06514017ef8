package cli

import (
	"context"

	"github.com/urfave/cli/v2"
)

func (r *rt) startCommand() *cli.Command {
	var o traceOptions
	return &cli.Command{
		Name:         "start",
		ArgsUsage:    "ID",
		Usage:        "start the program of a created container",
		Flags:        []cli.Flag{o.flag()},
		BashComplete: r.completeID,
		Action:       func(c *cli.Context) error { return r.start(c.Context, c.Args().First(), &o) },
	}
}

func (r *rt) start(ctx context.Context, id string, o *traceOptions) error {
	keepInherited()
	if err := o.begin(&r.store); err != nil {
		return err
	}
	if err := o.open("looked at the descriptors that rt has inherited"); err != nil {
		return err
	}
	err := r.store.Start(o.waits(ctx), id, serviceManager())
	r.writeTrace(o, err)
	return err
}
