package cgroup

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// hint returns what a user can do about an error of the kernel, in parentheses, or "".
func (w *entry) hint(err error) string {
	_, name, _ := strings.Cut(w.file, ".")
	switch {
	case name == "cpus":
		return online("the CPUs", "cpu")
	case name == "mems":
		return online("the memory nodes", "node")
	case errors.Is(err, unix.ENODEV):
		return " (want the numbers of a block device that is not a partition)"
	case errors.Is(err, unix.EINVAL) && name == "rt_runtime_us":
		return " (the cgroups above it leave no such budget: see their cpu.rt_runtime_us)"
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ERANGE):
		return " (the kernel does not take this value, or a cgroup above it allows less)"
	}
	return ""
}

// online says which of the processors or memory nodes the host has.
func online(what, kind string) string {
	list, err := readFile("/sys/devices/system/" + kind + "/online")
	if err != nil {
		return ""
	}
	return " (this host has " + what + " " + strings.TrimSpace(list) + ", and the cgroups above it may have fewer)"
}
