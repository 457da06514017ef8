package cgroup

import (
	"fmt"

	"github.com/opencontainers/cgroups"
	_ "github.com/opencontainers/cgroups/devices" // registers itself as DevicesSetV1 and DevicesSetV2
	devices "github.com/opencontainers/cgroups/devices/config"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// defaultDevices are the devices that every container may use. They come after
// the rules of the configuration, as in runc, which engines rely on.
func defaultDevices() []*devices.Rule {
	const any = devices.Wildcard
	allow := func(kind devices.Type, major, minor int64, access devices.Permissions) *devices.Rule {
		return &devices.Rule{Type: kind, Major: major, Minor: minor, Permissions: access, Allow: true}
	}
	return []*devices.Rule{
		allow(devices.CharDevice, any, any, "m"), // mknod, but no use
		allow(devices.BlockDevice, any, any, "m"),
		allow(devices.CharDevice, 1, 3, "rwm"),     // null
		allow(devices.CharDevice, 1, 5, "rwm"),     // zero
		allow(devices.CharDevice, 1, 7, "rwm"),     // full
		allow(devices.CharDevice, 1, 8, "rwm"),     // random
		allow(devices.CharDevice, 1, 9, "rwm"),     // urandom
		allow(devices.CharDevice, 5, 0, "rwm"),     // tty
		allow(devices.CharDevice, 5, 2, "rwm"),     // ptmx
		allow(devices.CharDevice, 136, any, "rwm"), // pts/*
		allow(devices.CharDevice, 10, 200, "rwm"),  // net/tun
	}
}

// deviceRules returns the access rules of a container. What no rule allows is
// denied, as if the first rule denied everything.
func deviceRules(res *specs.LinuxResources) ([]*devices.Rule, error) {
	var rules []*devices.Rule
	if res != nil {
		for i := range res.Devices {
			rule, err := deviceRule(&res.Devices[i])
			if err != nil {
				return nil, fmt.Errorf("linux.resources.devices[%d].%w", i, err)
			}
			rules = append(rules, rule)
		}
	}
	return append(rules, defaultDevices()...), nil
}

func deviceRule(d *specs.LinuxDeviceCgroup) (*devices.Rule, error) {
	rule := &devices.Rule{
		Type:        devices.WildcardDevice,
		Major:       devices.Wildcard,
		Minor:       devices.Wildcard,
		Permissions: devices.Permissions(d.Access),
		Allow:       d.Allow,
	}
	switch d.Type {
	case "", "a":
	case "b":
		rule.Type = devices.BlockDevice
	case "c", "u":
		rule.Type = devices.CharDevice
	default:
		return nil, fmt.Errorf("type: %q is none of a, b, c", d.Type)
	}
	if d.Access == "" || !rule.Permissions.IsValid() {
		return nil, fmt.Errorf("access: %q is not made of r, w and m", d.Access)
	}
	if d.Major != nil {
		rule.Major = *d.Major
	}
	if d.Minor != nil {
		rule.Minor = *d.Minor
	}
	return rule, nil
}

// setDevices confines the container to the devices that the rules allow.
//
// Rules of the usual form are written directly on v1. Others, such as
// exceptions from an earlier rule, go through the library, which finds out
// what they amount to and refuses what v1 cannot express.
func (c *Config) setDevices(rules []*devices.Rule) error {
	var err error
	if c.Version == 2 {
		err = cgroups.DevicesSetV2(c.unified().Dir(), &cgroups.Resources{Devices: rules})
	} else if dir := c.controller("devices").Dir(); onlyAllows(rules) {
		err = allowDevices(dir, rules)
	} else {
		err = cgroups.DevicesSetV1(dir, &cgroups.Resources{Devices: rules})
	}
	if err != nil {
		return fmt.Errorf("linux.resources.devices: %w", err)
	}
	return nil
}

// onlyAllows reports whether the rules deny nothing, but for everything at
// first.
func onlyAllows(rules []*devices.Rule) bool {
	for i, r := range rules {
		all := r.Type == devices.WildcardDevice
		if all && (r.Allow || i > 0) || !all && !r.Allow {
			return false
		}
	}
	return true
}

// allowDevices denies everything and then allows each rule, on v1.
func allowDevices(dir string, rules []*devices.Rule) error {
	if err := writeFile(dir+"/devices.deny", "a"); err != nil {
		return err
	}
	var lines []string
	for _, r := range rules {
		if r.Allow {
			lines = append(lines, r.CgroupString())
		}
	}
	return writeLines(dir+"/devices.allow", lines...)
}
