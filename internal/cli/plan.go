package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/plantext"
	"github.com/oci-rt/rt/internal/term"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/plan"
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

const (
	planName = "plan"
	diffName = "diff"
)

func (r *rt) planCommand() *cli.Command {
	var o planOptions
	return &cli.Command{
		Name:      planName,
		ArgsUsage: "[ID]",
		Usage:     "say what the start of a bundle's container would do, and do nothing",
		Description: "First comes a summary of what the container would see of its host, in which ! marks\n" +
			"what goes beyond what engines give every container. Then comes what is done, phase\n" +
			"by phase, each thing with the setting in config.json that asks for it. Lines are as\n" +
			"long as COLUMNS or the terminal says. NO_COLOR turns colours off.\n\n" +
			"plan --diff DIR1 DIR2 prints what differs in effect between two bundles, and exits\n" +
			"with 0 if nothing does, with 1 if something does and with 2 if it fails.",
		Flags:  o.flags(),
		Action: func(c *cli.Context) error { return r.planWith(c, &o) },
	}
}

type planOptions struct {
	bundle, format  string
	diff, process   string
	filter, noPivot bool
	full            bool
}

func (o *planOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "bundle", TakesFile: true, Aliases: []string{"b"}, Usage: bundleUsage, Destination: &o.bundle},
		&cli.StringFlag{Name: diffName, TakesFile: true, Usage: "print what differs in effect from the bundle in `DIR`, in the one that is given as argument or with --bundle", Destination: &o.diff},
		&cli.StringFlag{Name: "exec", TakesFile: true, Usage: "plan an exec of the process that `FILE` describes (as exec --process) in the container", Destination: &o.process},
		&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "print in `FORMAT`: text or json", Value: "text", Destination: &o.format},
		&cli.BoolFlag{Name: "full", Usage: "print every step; with --diff also those that a difference above explains, with --seccomp also the filter's instructions", Destination: &o.full},
		&cli.BoolFlag{Name: "no-pivot", Usage: noPivotUsage, Destination: &o.noPivot},
		&cli.BoolFlag{Name: "seccomp", Usage: "print what the seccomp filter decides about each system call", Destination: &o.filter},
	}
}

// check refuses flags that exclude each other.
func (o *planOptions) check() error {
	if o.format != "text" && o.format != "json" {
		return fmt.Errorf("--format: %q (want text or json)", o.format)
	}
	for _, pair := range []struct {
		both bool
		name string
	}{{o.diff != "" && o.filter, "--diff and --seccomp"}, {o.diff != "" && o.process != "", "--diff and --exec"}, {o.filter && o.process != "", "--seccomp and --exec"}} {
		if pair.both {
			return errors.New(pair.name + " exclude each other")
		}
	}
	return nil
}

// style says how to print.
func (r *rt) style(full bool) plantext.Style {
	s := plantext.Style{Full: full}
	if f, ok := r.out.(*os.File); ok {
		o := term.Of(f)
		s.Width, s.Colour = o.Width, o.Colour
	}
	return s
}

func (r *rt) planWith(c *cli.Context, o *planOptions) error {
	if o.diff != "" {
		return r.planDiff(c.Context, o, c.Args().First())
	}
	if err := o.check(); err != nil {
		return err
	}
	cfg, err := o.config(o.bundle, cmp.Or(c.Args().First(), "plan"))
	if err != nil {
		return err
	}
	if o.filter {
		return r.planFilter(cfg, o)
	}
	p, err := r.makePlan(c.Context, cfg, o)
	if err != nil {
		return err
	}
	if o.format == "json" {
		return p.WriteJSON(r.out)
	}
	return plantext.Write(r.out, p, r.style(o.full))
}

// config reads the configuration of a bundle, whose directory may be relative.
func (o *planOptions) config(bundle, id string) (cfg libcontainer.Config, err error) {
	cfg = libcontainer.Config{ID: id, NoPivot: o.noPivot}
	if err := spec.ValidID(id); err != nil {
		return cfg, err
	}
	if cfg.Bundle, err = bundleDir(bundle); err != nil {
		return cfg, err
	}
	cfg.Spec, cfg.Text, err = spec.LoadText(cfg.Bundle)
	if onlyRootfs(err) {
		e, err := spec.Examine(cfg.Bundle)
		if err != nil {
			return cfg, err
		}
		cfg.Spec = e.Spec
		return cfg, e.Faults.Err()
	}
	return cfg, err
}

// onlyRootfs reports whether nothing is wrong with a configuration but its rootfs, which
// a plan does not need.
func onlyRootfs(err error) bool {
	var faults spec.Faults
	return errors.As(err, &faults) && !slices.ContainsFunc(faults, func(f spec.Fault) bool { return f.Path != "root.path" })
}

// makePlan plans the start of a container, or an exec in it.
func (r *rt) makePlan(ctx context.Context, cfg libcontainer.Config, o *planOptions) (*plan.Plan, error) {
	if o.process == "" {
		return r.store.Plan(ctx, cfg)
	}
	p, err := spec.LoadProcess(o.process)
	if err != nil {
		return nil, err
	}
	return r.store.PlanExec(ctx, cfg, p)
}

func (r *rt) planFilter(cfg libcontainer.Config, o *planOptions) error {
	f, err := libcontainer.PlanFilter(cfg.Spec)
	if err != nil {
		return err
	}
	list, err := libcontainer.ListFilter(cfg.Spec)
	if err != nil {
		return err
	}
	if o.format == "json" {
		return f.WriteJSON(r.out, list)
	}
	return plantext.WriteFilter(r.out, f, list, r.style(o.full))
}

// exitTrouble is the status of a comparison that failed, as of diff(1), and of a command
// line that asks for one and has another fault.
const exitTrouble = 2

// compares reports whether a command line, without the program and its flags, asks for a
// comparison.
func compares(line []string) bool {
	return line[0] == planName && slices.ContainsFunc(line, func(arg string) bool {
		return arg == "--"+diffName || strings.HasPrefix(arg, "--"+diffName+"=")
	})
}

// planDiff compares the bundle of --diff with another one. The id has an effect on
// the paths of cgroups only, and is the same for both.
func (r *rt) planDiff(ctx context.Context, o *planOptions, other string) error {
	same, err := r.comparePlans(ctx, o, cmp.Or(other, o.bundle))
	if err == nil && !same {
		return exitStatus(exitFailure)
	}
	return err
}

func (r *rt) comparePlans(ctx context.Context, o *planOptions, other string) (same bool, err error) {
	if err := o.check(); err != nil {
		return false, err
	}
	var plans [2]*plan.Plan
	for i, dir := range []string{o.diff, other} {
		cfg, err := o.config(dir, "plan")
		if err != nil {
			return false, err
		}
		if plans[i], err = r.store.Plan(ctx, cfg); err != nil {
			return false, fmt.Errorf("%s: %w", cfg.Bundle, err)
		}
	}
	d := plan.Compare(plans[0], plans[1], o.full)
	if o.format == "json" {
		return d.Same(), d.WriteJSON(r.out)
	}
	return d.Same(), plantext.WriteDiff(r.out, plans[0].Bundle, plans[1].Bundle, d, r.style(o.full))
}
