package cgroup

import (
	"fmt"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// devicePolicy is what a list of rules amounts to: all devices are allowed, or
// denied, with exceptions. The devices controller of v1 has just that, and
// nothing for exceptions of exceptions. On v2 a filter could have more; but
// then a configuration would mean one thing here and another there.
type devicePolicy struct {
	allow  bool // what is no exception
	except map[devices]access
	order  []devices // of except: as they came
	// denials are the rules of the configuration that deny some devices, not all,
	// as far as no later rule allows those again.
	denials []denial
}

// denial is a rule that denies, and the setting that it comes from.
type denial struct {
	deviceRule
	setting string
}

func newDevicePolicy(allow bool) *devicePolicy {
	return &devicePolicy{allow: allow, except: map[devices]access{}}
}

// policyOf returns the policy of a container. What no rule allows is denied,
// as if the first rule denied everything.
func policyOf(res *specs.LinuxResources) (*devicePolicy, error) {
	p := newDevicePolicy(false)
	if res != nil {
		for i := range res.Devices {
			rule, err := parseDeviceRule(&res.Devices[i])
			if err != nil {
				return nil, fmt.Errorf("linux.resources.devices[%d].%w", i, err)
			}
			setting := fmt.Sprintf("linux.resources.devices[%d]", i)
			if err := p.apply(rule); err != nil {
				return nil, fmt.Errorf("%s: %w", setting, err)
			}
			if !rule.allow && rule.kind != 'a' {
				p.denials = append(p.denials, denial{rule, setting})
			}
		}
	}
	for _, rule := range defaultDevices() {
		if err := p.apply(rule); err != nil {
			return nil, fmt.Errorf("linux.resources.devices: every container may use %s: %w", rule.devices, err)
		}
	}
	p.dropVainDenials()
	return p, nil
}

// dropVainDenials leaves of the denials what the policy as a whole denies.
func (p *devicePolicy) dropVainDenials() {
	for i := range p.denials {
		d := &p.denials[i]
		if p.allow {
			d.access &= p.except[d.devices]
			continue
		}
		for _, allowed := range append(d.wider(), d.devices) {
			d.access &^= p.except[allowed]
		}
	}
	p.denials = slices.DeleteFunc(p.denials, func(d denial) bool { return d.access == 0 })
}

// apply changes the policy by one more rule.
//
// One for all devices starts anew. Others add to the exceptions, or take back
// from the exception for the same numbers. That they take back nothing from
// exceptions for fewer devices is how v1 works. v1 would as well ignore it, in
// silence, if they take something from an exception for more: that is refused.
func (p *devicePolicy) apply(rule deviceRule) error {
	switch {
	case rule.kind == 'a':
		*p = *newDevicePolicy(rule.allow)
	case rule.allow != p.allow:
		if !slices.Contains(p.order, rule.devices) {
			p.order = append(p.order, rule.devices)
		}
		p.except[rule.devices] |= rule.access
	default:
		if err := p.refuseHole(rule); err != nil {
			return err
		}
		p.except[rule.devices] &^= rule.access
		if p.except[rule.devices] == 0 {
			delete(p.except, rule.devices)
		}
	}
	return nil
}

func (p *devicePolicy) refuseHole(rule deviceRule) error {
	for _, wider := range rule.wider() {
		if wider != rule.devices && p.except[wider]&rule.access != 0 {
			return fmt.Errorf("%s %s cannot be an exception to the exception %s %s", rule.devices, rule.access, wider, p.except[wider])
		}
	}
	return nil
}
