package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

const checkName = "check"

// The exit statuses of check, besides 0.
const (
	exitFindings  = 1
	exitUnchecked = 2 // any failure of rt's own: a script can tell it from a finding
)

func (r *rt) checkCommand() *cli.Command {
	var o checkOptions
	return &cli.Command{
		Name:      checkName,
		ArgsUsage: "[BUNDLE]",
		Usage:     "print what is wrong or questionable in a bundle's configuration",
		Description: "The configuration is held against the specification, this host, and good practice.\n" +
			"The exit status is 0 if nothing is found, 1 if something is, and 2 if rt cannot\n" +
			"check. rt changes nothing and executes nothing.",
		Flags:  o.flags(),
		Action: func(c *cli.Context) error { return r.check(c.Context, c.Args().First(), &o) },
	}
}

type checkOptions struct {
	bundle, format, severity string
	noHost                   bool
	ignore                   cli.StringSlice
	rules                    bool
}

func (o *checkOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "bundle", TakesFile: true, Aliases: []string{"b"}, Usage: bundleUsage + "; the same as BUNDLE", Destination: &o.bundle},
		&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "print in `FORMAT`: text, json or sarif", Value: "text", Destination: &o.format},
		&cli.StringFlag{Name: "severity", Aliases: []string{"s"}, Usage: "leave out what is less severe than `LEVEL`: info, warning or error", Value: "warning", Destination: &o.severity},
		&cli.BoolFlag{Name: "no-host", Usage: "do not look at this host: the bundle is for another one", Destination: &o.noHost},
		&cli.StringSliceFlag{Name: "ignore", Usage: "leave out what `RULE` finds; can be given more than once", Destination: &o.ignore},
		&cli.BoolFlag{Name: "rules", Usage: "print all rules instead", Destination: &o.rules},
	}
}

// report is what check prints.
type report struct {
	file     string // config.json, as the caller names the bundle
	findings []check.Finding
	hidden   [3]int // findings that are left out, by severity
	least    check.Severity
}

// check prints the findings. The error is an exit status if there are some.
func (r *rt) check(ctx context.Context, bundle string, o *checkOptions) error {
	p, err := newReportWriter(o.format)
	if err != nil {
		return err
	}
	if o.rules {
		return r.printRules()
	}
	if bundle != "" && o.bundle != "" {
		return errors.New("check: the bundle is given twice")
	}
	if bundle == "" {
		bundle = o.bundle
	}
	found := report{file: filepath.Join(bundle, spec.ConfigFile)}
	if found.least, err = check.ParseSeverity(o.severity); err != nil {
		return fmt.Errorf("--severity: %w", err)
	}
	all, err := r.findings(ctx, bundle, o)
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.Severity >= found.least {
			found.findings = append(found.findings, f)
		} else {
			found.hidden[f.Severity]++
		}
	}
	if err := p(r, &found); err != nil {
		return err
	}
	if len(found.findings) > 0 {
		return exitStatus(exitFindings)
	}
	return nil
}

// findings returns what the rules find that are not to be ignored.
func (r *rt) findings(ctx context.Context, bundle string, o *checkOptions) ([]check.Finding, error) {
	ignored := o.ignore.Value()
	for _, id := range ignored {
		if !slices.ContainsFunc(check.Rules(), func(r check.Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("--ignore: %q (want the id of a rule: see rt check --rules)", id)
		}
	}
	dir, err := bundleDir(bundle)
	if err != nil {
		return nil, err
	}
	examined, err := spec.Examine(dir)
	if err != nil {
		return nil, err
	}
	all := r.store.Check(ctx, dir, examined, !o.noHost)
	return slices.DeleteFunc(all, func(f check.Finding) bool { return slices.Contains(ignored, f.Rule) }), nil
}

func newReportWriter(format string) (func(*rt, *report) error, error) {
	switch format {
	case "text":
		return (*rt).printFindings, nil
	case "json":
		return (*rt).printFindingsJSON, nil
	case "sarif":
		return (*rt).printSARIF, nil
	}
	return nil, fmt.Errorf("--format: %q (want text, json or sarif)", format)
}

func (r *rt) printRules() error {
	t := tabwriter.NewWriter(r.out, 0, 1, 3, ' ', 0)
	fmt.Fprintln(t, "RULE\tABOUT\tSEVERITY\tFINDS")
	for _, rule := range check.Rules() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", rule.ID, rule.About, rule.Severity, rule.Finds)
	}
	return t.Flush()
}
