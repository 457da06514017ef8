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
		Action:       func(c *cli.Context) error { return r.with(c.Args().First(), (*libcontainer.Container).Pause) },
	}
}

func (r *rt) resumeCommand() *cli.Command {
	return &cli.Command{
		Name:         "resume",
		ArgsUsage:    "ID",
		Usage:        "thaw all processes of a paused container",
		BashComplete: r.completeID,
		Action:       func(c *cli.Context) error { return r.with(c.Args().First(), (*libcontainer.Container).Resume) },
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
