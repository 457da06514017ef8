package check

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// devices is about access to the host's devices.
func (c *checker) devices() {
	c.deviceRules()
	var disks []string
	first := -1
	for i := range c.linux.Devices {
		d := &c.linux.Devices[i]
		block := d.Type == "b"
		if !block && !((d.Type == "c" || d.Type == "u") && isMachine(uint32(d.Major), uint32(d.Minor))) {
			continue
		}
		if first < 0 {
			first = i
		}
		disks = append(disks, d.Path)
	}
	if first >= 0 {
		c.find("host-device", element("linux.devices", first, ""), some(disks)+": disks or memory of the machine", "no such device")
	}
}

// some lists the first of many.
func some(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + " and more"
	}
	return strings.Join(list, ", ")
}

// deviceRules reports the last rule that allows to use all devices, or all disks, if
// no later one takes that back.
func (c *checker) deviceRules() {
	all, disks := -1, -1
	for i := range c.res.Devices {
		r := &c.res.Devices[i]
		if !anyNumber(r.Major) || !anyNumber(r.Minor) {
			continue
		}
		now := -1
		switch {
		case r.Allow && strings.ContainsAny(r.Access, "rw"):
			now = i
		case r.Allow:
			continue
		}
		switch r.Type {
		case "", "a":
			all, disks = now, -1
		case "b":
			disks = now
		}
	}
	switch {
	case all >= 0:
		c.deviceRule(all, "allows all devices", &c.res.Devices[all])
	case disks >= 0:
		c.deviceRule(disks, "allows all disks", &c.res.Devices[disks])
	}
}

func (c *checker) deviceRule(i int, what string, r *specs.LinuxDeviceCgroup) {
	c.find("all-devices", element("linux.resources.devices", i, ""), what+" ("+r.Access+")", "a rule for each device that is needed")
}

func anyNumber(n *int64) bool { return n == nil || *n < 0 }
