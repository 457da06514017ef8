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
	arch   arch
	cgroup string
	accel  string
	lsm    string // the security module that confines by profiles or labels
}

// newConfig returns the configuration with the names of the command line.
func newConfig(o options) (config, error) {
	c := config{cgroup: o.cgroup, accel: o.accel, lsm: o.lsm}
	if _, ok := cgroupParameters(c.cgroup); !ok {
		return c, fmt.Errorf("cgroup %q is none of v2, v1, hybrid", c.cgroup)
	}
	if c.lsm != "apparmor" && c.lsm != "selinux" {
		return c, fmt.Errorf("security module %q is none of apparmor, selinux", c.lsm)
	}
	var err error
	if c.arch, err = newArch(o.arch); err != nil {
		return c, err
	}
	switch {
	case c.accel != "tcg" && c.accel != "kvm":
		return c, fmt.Errorf("accelerator %q is none of tcg, kvm", c.accel)
	case c.accel == "kvm" && c.arch.foreign():
		return c, fmt.Errorf("this machine can only emulate %s: take the accelerator tcg", c.arch.name)
	}
	c.kernel, err = newKernel(o.kernel, o.cgroup)
	return c, err
}

// newKernel returns the kernel of this name. "" stands for the first that has the
// cgroups.
func newKernel(name, cgroup string) (kernel, error) {
	for _, k := range kernels() {
		fits := k.v1 || cgroup == "v2"
		switch {
		case name == "" && fits, name == k.name && fits:
			return k, nil
		case name == k.name:
			return kernel{}, fmt.Errorf("kernel %s has not all controllers of cgroup v1: take 6.1", name)
		}
	}
	return kernel{}, fmt.Errorf("kernel %q is none of %s", name, kernelNames())
}

func (c config) String() string {
	text := fmt.Sprintf("kernel %s (Debian %s), cgroup %s, %s", c.kernel.name, c.kernel.suite, c.cgroup, c.accel)
	if c.arch.foreign() {
		text += ", " + c.arch.name
	}
	if c.lsm == "selinux" {
		text += ", SELinux"
	}
	return text
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
	line := "root=/dev/vda rw console=" + c.arch.console + " quiet net.ifnames=0 panic=-1 " + c.lsm + "=1 security=" + c.lsm + " " + cgroup
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
