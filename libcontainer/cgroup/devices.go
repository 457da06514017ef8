package cgroup

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// devices are those that a rule is about.
type devices struct {
	kind         byte  // 'b', 'c', or 'a' for all
	major, minor int64 // or anyNumber
}

const anyNumber = -1

// access is a set of what can be done to devices.
type access uint8

// The kernel's bits (struct bpf_cgroup_dev_ctx, and the same inside of v1).
const (
	mayMknod access = 1 << iota
	mayRead
	mayWrite
	mayAll = mayMknod | mayRead | mayWrite
)

// deviceRule allows or denies access to devices.
type deviceRule struct {
	devices
	access access
	allow  bool
}

// defaultDevices are the devices that every container may use. They come after
// the rules of the configuration, as in runc, which engines rely on.
func defaultDevices() []deviceRule {
	allow := func(kind byte, major, minor int64, a access) deviceRule {
		return deviceRule{devices{kind, major, minor}, a, true}
	}
	return []deviceRule{
		allow('c', anyNumber, anyNumber, mayMknod), // but no use
		allow('b', anyNumber, anyNumber, mayMknod),
		allow('c', 1, 3, mayAll),           // null
		allow('c', 1, 5, mayAll),           // zero
		allow('c', 1, 7, mayAll),           // full
		allow('c', 1, 8, mayAll),           // random
		allow('c', 1, 9, mayAll),           // urandom
		allow('c', 5, 0, mayAll),           // tty
		allow('c', 5, 2, mayAll),           // ptmx
		allow('c', 136, anyNumber, mayAll), // pts/*
		allow('c', 10, 200, mayAll),        // net/tun
	}
}

// parseDeviceRule returns the rule of one element of linux.resources.devices.
func parseDeviceRule(d *specs.LinuxDeviceCgroup) (deviceRule, error) {
	rule := deviceRule{allow: d.Allow}
	switch d.Type {
	case "", "a":
		rule.kind = 'a'
	case "b":
		rule.kind = 'b'
	case "c", "u":
		rule.kind = 'c'
	default:
		return rule, fmt.Errorf("type: %q is not a, b or c", d.Type)
	}
	var err error
	if rule.access, err = parseAccess(d.Access); err != nil {
		return rule, err
	}
	if rule.major, err = numberOrAny(d.Major); err != nil {
		return rule, fmt.Errorf("major: %w", err)
	}
	if rule.minor, err = numberOrAny(d.Minor); err != nil {
		return rule, fmt.Errorf("minor: %w", err)
	}
	return rule, nil
}

func parseAccess(text string) (access, error) {
	var a access
	for _, letter := range text {
		i := strings.IndexRune(accessLetters, letter)
		if i < 0 {
			a = 0
			break
		}
		a |= 1 << i
	}
	if a == 0 {
		return 0, fmt.Errorf("access: %q is not made up of r, w and m", text)
	}
	return a, nil
}

// numberOrAny returns a device number, or anyNumber if there is none.
func numberOrAny(n *int64) (int64, error) {
	switch {
	case n == nil:
		return anyNumber, nil
	case *n < anyNumber || *n >= math.MaxUint32: // which v1 takes for any, too
		return 0, fmt.Errorf("%d is not a device number", *n)
	}
	return *n, nil
}

// accessLetters are the letters of the bits of access.
const accessLetters = "mrw"

func (a access) String() string {
	var text strings.Builder
	for _, letter := range "rwm" {
		if a&(1<<strings.IndexRune(accessLetters, letter)) != 0 {
			text.WriteRune(letter)
		}
	}
	return text.String()
}

// String returns the devices as v1 has them in its files: "c 1:3", "b 8:*".
func (d devices) String() string {
	number := func(n int64) string {
		if n == anyNumber {
			return "*"
		}
		return decimal(n)
	}
	return fmt.Sprintf("%c %s:%s", d.kind, number(d.major), number(d.minor))
}

// wider returns the exceptions that are for these devices too.
func (d devices) wider() []devices {
	return []devices{{d.kind, d.major, anyNumber}, {d.kind, anyNumber, d.minor}, {d.kind, anyNumber, anyNumber}}
}

// setDevices confines the container to the devices that the policy allows.
//
// Neither an ordinary user nor root of a user namespace may: on v1 writing to the
// files takes CAP_SYS_ADMIN of the host, even where the cgroup is delegated, and
// on v2 loading a filter does. They go without: they may not make device nodes
// either, and their files' modes let them open no more than they could before.
// Only a rule that denies a device by name would have meant more: see Warnings.
func (c *Config) setDevices(p *devicePolicy) error {
	return c.tolerate(p, func() error {
		if c.Version == 2 {
			return p.attach(c.unified().Dir())
		}
		return p.writeV1(c.controller("devices").Dir())
	})
}

// tolerate sets a policy for devices, or does without if the user may not.
func (c *Config) tolerate(p *devicePolicy, set func() error) error {
	c.undenied = nil
	switch err := set(); {
	case err == nil:
		return nil
	case isErrno(err, unix.EPERM) && !isHostRoot():
		c.undenied = slices.DeleteFunc(p.denials, func(d denial) bool { return !c.permits(&d.deviceRule) })
		return nil
	default:
		return fmt.Errorf("linux.resources.devices: %w", err)
	}
}

// permits reports whether the cgroup lets the container use some of the devices
// of a rule. That of v2 cannot be asked.
func (c *Config) permits(rule *deviceRule) bool {
	if c.Version == 2 {
		return true
	}
	list, err := readFile(c.controller("devices").Dir() + "/devices.list")
	return err != nil || listPermits(list, rule)
}

// listPermits reports whether a devices.list of v1 has some of the devices of a
// rule: lines such as "c 1:3 rwm".
func listPermits(list string, rule *deviceRule) bool {
	matches := func(number string, n int64) bool { return number == "*" || n == anyNumber || number == decimal(n) }
	for line := range strings.Lines(list) {
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ':' || r == '\n' })
		if len(fields) != 4 || fields[0] != "a" && fields[0] != string(rune(rule.kind)) {
			continue
		}
		access, err := parseAccess(fields[3])
		if err == nil && access&rule.access != 0 && matches(fields[1], rule.major) && matches(fields[2], rule.minor) {
			return true
		}
	}
	return false
}

// Warnings returns what Create, StartScope or Update could not do for the
// calling user, where that is not an error.
func (c *Config) Warnings() []error {
	var list []error
	for _, d := range c.undenied {
		list = append(list, fmt.Errorf("%s: %s %s is not denied: only the host's root may change the access to devices", d.setting, d.devices, d.access))
	}
	return list
}

// writeV1 sets what is for all devices, which drops the exceptions that are
// there, and then the exceptions.
func (p *devicePolicy) writeV1(dir string) error {
	all, exceptions := "/devices.deny", "/devices.allow"
	if p.allow {
		all, exceptions = exceptions, all
	}
	if err := linux.WriteValues(dir+all, "a"); err != nil {
		return err
	}
	var lines []string
	for _, e := range p.exceptions() {
		lines = append(lines, e.devices.String()+" "+e.access.String())
	}
	if len(lines) == 0 {
		return nil
	}
	return linux.WriteValues(dir+exceptions, lines...)
}

// exceptions returns the exceptions as rules, in the order in which the
// configuration names them first: the order means nothing to the kernel, but v1
// shows them in it.
func (p *devicePolicy) exceptions() []deviceRule {
	var rules []deviceRule
	for _, d := range p.order {
		if a := p.except[d]; a != 0 {
			rules = append(rules, deviceRule{d, a, !p.allow})
		}
	}
	return rules
}
