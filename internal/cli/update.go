package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
)

func (r *rt) updateCommand() *cli.Command {
	var o updateOptions
	return &cli.Command{
		Name:         "update",
		ArgsUsage:    "ID",
		Usage:        "change the resource limits of a container",
		Description:  "Limits that are not given do not change. An amount of memory may end in k, m, g, t or p; -1 means no limit.",
		Flags:        o.flags(),
		BashComplete: r.completeID,
		Action:       func(c *cli.Context) error { return r.update(c.Context, c.Args().First(), &o) },
	}
}

// updateOptions are the flags of update.
type updateOptions struct {
	resources                string
	limits                   []limitFlag
	l3Cache, memoryBandwidth string
}

func (o *updateOptions) flags() []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "resources", TakesFile: true, Aliases: []string{"r"}, Usage: "read the limits from `FILE` (JSON, in the form of linux.resources in config.json), or from stdin if FILE is -", Destination: &o.resources},
		&cli.StringFlag{Name: "l3-cache-schema", Usage: "share of the L3 cache, as a resctrl `SCHEMA` such as L3:0=ff;1=ff", Destination: &o.l3Cache},
		&cli.StringFlag{Name: "mem-bw-schema", Usage: "share of the memory bandwidth, as a resctrl `SCHEMA` such as MB:0=20;1=70", Destination: &o.memoryBandwidth},
	}
	o.limits = limitFlags()
	for i := range o.limits {
		l := &o.limits[i]
		flags = append(flags, &cli.StringFlag{Name: l.name, Usage: l.usage, Destination: &l.value})
	}
	return flags
}

func (r *rt) update(ctx context.Context, id string, o *updateOptions) error {
	res, err := o.read()
	if err != nil {
		return err
	}
	for _, w := range spec.UpdateWarnings(res) {
		r.log.warn(errors.New(w.String()))
	}
	return r.with(id, func(c *libcontainer.Container) error { return c.Update(ctx, res, o.intelRdt()) })
}

// read returns the limits of the file or of the flags.
func (o *updateOptions) read() (*specs.LinuxResources, error) {
	r := new(specs.LinuxResources)
	for _, l := range o.limits {
		switch {
		case l.value == "":
			continue
		case o.resources != "":
			return nil, fmt.Errorf("--resources and --%s: want the limits either in a file or in flags", l.name)
		}
		if err := l.set(r, l.value); err != nil {
			return nil, fmt.Errorf("--%s: %w", l.name, err)
		}
	}
	if o.resources == "" {
		return r, nil
	}
	r, err := spec.LoadResources(o.resources)
	if err != nil && !errors.As(err, new(spec.Faults)) {
		return nil, fmt.Errorf("--resources: %w", err)
	}
	return r, err
}

func (o *updateOptions) intelRdt() *specs.LinuxIntelRdt {
	if o.l3Cache == "" && o.memoryBandwidth == "" {
		return nil
	}
	return &specs.LinuxIntelRdt{L3CacheSchema: o.l3Cache, MemBwSchema: o.memoryBandwidth}
}
