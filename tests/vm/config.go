package main

import (
	"fmt"
	"strings"
)

// kernel is one that guests can have. It comes with the Debian release that
// it was made for, systemd and all.
type kernel struct {
	name  string
	suite string
	v1    bool // has the memory and cpuset controllers of cgroup v1, and a systemd that mounts v1
	old   bool // older than rt needs

	lacks []string // the packages that its release has not
}

func kernels() []kernel {
	return []kernel{
		{name: "6.12", suite: "trixie"},
		{name: "6.1", suite: "bookworm", v1: true},
		{name: "newest", suite: "sid"},
		{name: "5.10", suite: "bullseye", v1: true, old: true, lacks: []string{"criu"}},
	}
}

func kernelNames() string {
	var names []string
	for _, k := range kernels() {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// config says what guest to boot.
type config struct {
	kernel kernel
	cgroup string
	accel  string
}

// newConfig returns the configuration with these names. An empty kernel stands
// for the first that has the cgroups.
func newConfig(kernel, cgroup, accel string) (config, error) {
	if _, ok := cgroupParameters(cgroup); !ok {
		return config{}, fmt.Errorf("cgroup %q is none of v2, v1, hybrid", cgroup)
	}
	if accel != "tcg" && accel != "kvm" {
		return config{}, fmt.Errorf("accelerator %q is none of tcg, kvm", accel)
	}
	for _, k := range kernels() {
		fits := k.v1 || cgroup == "v2"
		switch {
		case kernel == "" && fits, kernel == k.name && fits:
			return config{k, cgroup, accel}, nil
		case kernel == k.name:
			return config{}, fmt.Errorf("kernel %s has not all controllers of cgroup v1: take 6.1", kernel)
		}
	}
	return config{}, fmt.Errorf("kernel %q is none of %s", kernel, kernelNames())
}

func (c config) String() string {
	return fmt.Sprintf("kernel %s (Debian %s), cgroup %s, %s", c.kernel.name, c.kernel.suite, c.cgroup, c.accel)
}

// cgroupParameters returns what tells systemd on the kernel's command line to
// mount cgroups in this way.
func cgroupParameters(cgroup string) (string, bool) {
	switch cgroup {
	case "v2":
		return "systemd.unified_cgroup_hierarchy=1", true
	case "hybrid":
		return "systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=0", true
	case "v1":
		return "systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1", true
	}
	return "", false
}

// commandLine is the kernel's.
func (c config) commandLine() string {
	cgroup, _ := cgroupParameters(c.cgroup)
	line := "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0 panic=-1 apparmor=1 security=apparmor " + cgroup
	if c.emulated() {
		line += " " + forEmulation
	}
	return line
}

// forEmulation is what a kernel is told to spare qemu work. Qemu 7.2 compiles
// code for each address that it runs at, so that with random addresses no
// process finds what was compiled for the one before: starting one takes half
// the time without. Retpolines make qemu look up where every indirect call
// goes.
const forEmulation = "norandmaps mitigations=off"

// emulated reports whether qemu emulates the processor.
func (c config) emulated() bool { return c.accel == "tcg" }
