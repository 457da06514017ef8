package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// known is a program that fails whatever the runtime does, or because rt
// decided otherwise. docs/conformance.md tells why and how one can see it.
type known struct {
	program string
	here    func() bool // whether that is so on this machine
}

// The known failures.
var knowns = []known{
	{"delete", always},
	{"delete_resources", always},
	{"linux_cgroups_pids", always},
	{"linux_cgroups_relative_pids", always},
	{"misc_props", always},
	{"pidfile", always},
	{"process_capabilities_fail", always},
	{"process_rlimits", always},
	{"start", always},

	{"linux_cgroups_blkio", always},
	{"linux_cgroups_relative_blkio", always},
	{"linux_cgroups_memory", always},
	{"linux_cgroups_relative_memory", always},
	{"linux_cgroups_hugetlb", lacksController("hugetlb")},
	{"linux_cgroups_relative_hugetlb", lacksController("hugetlb")},
	{"linux_cgroups_network", lacksController("net_cls")},
	{"linux_cgroups_relative_network", lacksController("net_cls")},

	// The suite cannot read cgroup v2.
	{"delete_only_create_resources", lacksController("pids")},
	{"linux_cgroups_cpus", lacksController("cpu")},
	{"linux_cgroups_relative_cpus", lacksController("cpu")},
	{"linux_cgroups_devices", lacksController("devices")},
	{"linux_cgroups_relative_devices", lacksController("devices")},

	{"linux_mount_label", lacks("/sys/fs/selinux/enforce")},
	{"linux_process_apparmor_profile", always},
	{"process_capabilities", lacksCapability(unix.CAP_SYS_RESOURCE)},
}

func always() bool { return true }

// lacks is about a machine without this file.
func lacks(path string) func() bool {
	return func() bool {
		_, err := os.Stat(path)
		return err != nil
	}
}

// lacksController is about a machine without this controller of cgroup v1.
func lacksController(name string) func() bool { return lacks("/sys/fs/cgroup/" + name) }

// lacksCapability is about a machine whose root has not all capabilities.
func lacksCapability(number int) func() bool {
	return func() bool {
		status, _ := os.ReadFile("/proc/self/status")
		_, line, _ := strings.Cut(string(status), "CapBnd:")
		line, _, _ = strings.Cut(line, "\n")
		set, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
		return err == nil && set&(1<<number) == 0
	}
}

// isKnown reports whether the program is known to fail on this machine.
func isKnown(program string) bool {
	for _, k := range knowns {
		if k.program == program {
			return k.here()
		}
	}
	return false
}
