package cgroup

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/oci-rt/rt/internal/linux"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// deviceChange is a change of the access to devices of a container that runs.
// None of the devices that it may use before and after it is cut off in between.
type deviceChange struct {
	config   *Config
	from, to *devicePolicy
}

// newDeviceChange returns the change from the rules in force to those of an
// update, or nil if there is none: no rules are no change, and those that an
// engine sends back as they are mostly come to the same. Even then others may
// have changed the access, as hooks for graphics cards do, and that stays.
func (c *Config) newDeviceChange(inForce, res *specs.LinuxResources) (*deviceChange, error) {
	if len(res.Devices) == 0 {
		return nil, nil
	}
	from, err := policyOf(inForce)
	if err != nil {
		return nil, err
	}
	to, err := policyOf(res)
	if err != nil || from.equal(to) {
		return nil, err
	}
	return &deviceChange{c, from, to}, nil
}

func (p *devicePolicy) equal(q *devicePolicy) bool {
	return p.allow == q.allow && maps.Equal(p.except, q.except)
}

// apply makes the change. On v2 the filter is replaced in one go. On v1 what is
// to be used besides is allowed, then what is no more to be used is denied: all
// else is not touched. If the policy turns from one that denies to one that
// allows, or back, which drops all that is set, the container is held meanwhile.
func (d *deviceChange) apply(ctx context.Context) error {
	if d == nil {
		return nil
	}
	return d.config.tolerate(d.to, func() error {
		switch {
		case d.config.Version == 2:
			return d.to.attach(d.config.unified().Dir())
		case d.from.allow == d.to.allow:
			return d.writeV1(d.config.controller("devices").Dir())
		}
		return d.config.whileHeld(ctx, func() error { return d.to.writeV1(d.config.controller("devices").Dir()) })
	})
}

// undo takes the change back.
func (d *deviceChange) undo(ctx context.Context) error {
	if d == nil {
		return nil
	}
	if err := (&deviceChange{d.config, d.to, d.from}).apply(ctx); err != nil {
		return fmt.Errorf("set back: %w", err)
	}
	return nil
}

// writeV1 writes the difference of two policies that are the same for all that
// is no exception.
func (d *deviceChange) writeV1(dir string) error {
	allow, deny := d.to.missing(d.from), d.from.missing(d.to)
	if d.to.allow {
		allow, deny = deny, allow // exceptions are what is denied
	}
	var errs []error
	if len(allow) > 0 {
		errs = append(errs, linux.WriteValues(dir+"/devices.allow", allow...))
	}
	if len(deny) > 0 {
		errs = append(errs, linux.WriteValues(dir+"/devices.deny", deny...))
	}
	return errors.Join(errs...)
}

// missing returns the exceptions of p that q does not have, as v1 takes them.
func (p *devicePolicy) missing(q *devicePolicy) (lines []string) {
	for _, d := range p.order {
		if a := p.except[d] &^ q.except[d]; a != 0 {
			lines = append(lines, d.String()+" "+a.String())
		}
	}
	return lines
}
