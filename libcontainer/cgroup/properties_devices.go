package cgroup

import (
	"fmt"

	"github.com/oci-rt/rt/libcontainer/systemd"
)

// deviceProperties adds the policy for devices, which is also set directly,
// exactly: this is what systemd may replace that with, or add to it.
//
// systemd has a list of what is allowed, and nothing else is. A policy that
// allows all but some, or knows a minor number of any device, is none. On v2
// systemd is told to have none itself then, which leaves alone what is set
// there; on v1 it would open all devices, so there it gets what can be said.
func (c *Config) deviceProperties(list *properties, p *devicePolicy) {
	allow, complete := p.allowList()
	if p.allow || c.Version == 2 && !complete {
		list.set("DevicePolicy", "auto")
		list.set("DeviceAllow", []systemd.DeviceAllow{})
		return
	}
	list.set("DevicePolicy", "strict")
	list.set("DeviceAllow", allow)
}

// allowList returns the exceptions of a policy that denies, and whether these
// are all.
func (p *devicePolicy) allowList() (list []systemd.DeviceAllow, complete bool) {
	list, complete = []systemd.DeviceAllow{}, true
	for _, rule := range p.exceptions() {
		if name := rule.devices.systemdName(); name != "" {
			list = append(list, systemd.DeviceAllow{Device: name, Access: rule.access.String()})
		} else {
			complete = false
		}
	}
	return list, complete
}

// systemdName returns how systemd names the devices, or "" if it cannot.
// systemd 240 takes numbers of devices that do not exist too.
func (d devices) systemdName() string {
	class := map[byte]string{'b': "block", 'c': "char"}[d.kind]
	switch {
	case class == "" || d.major == anyNumber && d.minor != anyNumber:
		return ""
	case d.major == anyNumber:
		return class + "-*"
	case d.minor == anyNumber:
		return fmt.Sprintf("%s-%d", class, d.major)
	}
	return fmt.Sprintf("/dev/%s/%d:%d", class, d.major, d.minor)
}
