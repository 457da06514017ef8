package cgroup

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// unifiedProperties adds those values for files of cgroup v2 that are
// properties. What is no value of a file the kernel will refuse.
func unifiedProperties(list *properties, values map[string]string, version func() (int, error)) error {
	for _, file := range slices.Sorted(maps.Keys(values)) {
		text := strings.TrimSpace(values[file])
		switch file {
		case "cpu.max":
			maxProperty(list, text)
		case "cpuset.cpus":
			cpusetProperty(list, "AllowedCPUs", text)
		case "cpuset.mems":
			cpusetProperty(list, "AllowedMemoryNodes", text)
		case "cpu.idle":
			if text == "1" {
				if err := idleProperty(list, version); err != nil {
					return err
				}
			}
		case "memory.oom.group":
			if err := oomProperty(list, text, version); err != nil {
				return err
			}
		default:
			numberProperty(list, file, text)
		}
	}
	return nil
}

// numberProperty adds the value of a file that holds one number.
func numberProperty(list *properties, file, text string) {
	names := map[string]string{
		"cpu.weight":      "CPUWeight",
		"io.weight":       "IOWeight",
		"memory.high":     "MemoryHigh",
		"memory.low":      "MemoryLow",
		"memory.max":      "MemoryMax",
		"memory.min":      "MemoryMin",
		"memory.swap.max": "MemorySwapMax",
		"pids.max":        "TasksMax",
	}
	name, ok := names[file]
	if !ok {
		return
	}
	n, ok := numberOrMax(strings.TrimPrefix(text, "default "))
	if !ok {
		return
	}
	if name == "TasksMax" {
		n = max(n, 1)
	}
	list.set(name, n)
}

// maxProperty adds the quota of cpu.max, "QUOTA PERIOD" or "QUOTA".
func maxProperty(list *properties, text string) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return
	}
	var period uint64
	if len(fields) > 1 {
		period, _ = strconv.ParseUint(fields[1], 10, 64)
	}
	quota, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		quota = -1 // max
	}
	quotaProperties(list, quota, period)
}

// oomProperty says whether all processes of a scope end when one is out of
// memory. systemd 253 has that for scopes, and only when they start.
func oomProperty(list *properties, text string, version func() (int, error)) error {
	policy, ok := map[string]string{"0": "continue", "1": "kill"}[text]
	if !ok {
		return nil
	}
	n, err := version()
	if err == nil && n >= 253 {
		list.set("OOMPolicy", policy)
	}
	return err
}
