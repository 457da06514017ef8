package cli

import (
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

func (r *rt) pauseCommand() *cli.Command {
	return &cli.Command{
		Name:         "pause",
		ArgsUsage:    "ID",
		Usage:        "freeze all processes of a container",
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			return r.with(c.Args().First(), func(of *libcontainer.Container) error { return of.Pause(c.Context) })
		},
	}
}

func (r *rt) resumeCommand() *cli.Command {
	return &cli.Command{
		Name:         "resume",
		ArgsUsage:    "ID",
		Usage:        "thaw all processes of a paused container",
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			return r.with(c.Args().First(), func(of *libcontainer.Container) error { return of.Resume(c.Context) })
		},
	}
}

// with opens a container for do.
func (r *rt) with(id string, do func(*libcontainer.Container) error) error {
	c, err := r.store.Open(id)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}
