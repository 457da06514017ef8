package cgroup

import (
	"fmt"
	"strconv"
	"strings"
)

// OOM says that the container was out of memory, and how much it had: "was
// killed for lack of memory: linux.resources.memory.limit is 256 KiB". It
// returns "" if that did not happen.
//
// The kernel does not kill a process that shares its memory with a parent that
// waits for its execve, as the init does before it executes the image. The
// init's calls fail then, on v2 with ENOMEM and an event "oom".
func (c *Config) OOM() string {
	dir, events, limit, peak := c.memoryFiles()
	text := "was killed for lack of memory"
	if n, ok := readField(dir+events, "oom_kill"); !ok || n == 0 {
		if n, ok := readField(dir+events, "oom"); !ok || n == 0 {
			return ""
		}
		text = "has not enough memory"
	}
	if n, ok := readBytes(dir + limit); ok {
		text += ": linux.resources.memory.limit is " + formatBytes(n)
	}
	if n, ok := readBytes(dir + peak); ok {
		text += ", it used up to " + formatBytes(n)
	}
	return text
}

func (c *Config) memoryFiles() (dir, events, limit, peak string) {
	dir = c.withController("memory")
	if c.Version == 2 {
		return dir, "/memory.events", "/memory.max", "/memory.peak" // memory.peak: Linux 5.19
	}
	return dir, "/memory.oom_control", "/memory.limit_in_bytes", "/memory.max_usage_in_bytes"
}

// noLimit is more than a v1 limit can be: v1 shows no limit as the largest
// multiple of a page.
const noLimit = 1 << 62

// readBytes reads a file of one number. It is not ok if there is no limit.
func readBytes(path string) (uint64, bool) {
	content, err := readFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(content), 10, 64)
	return n, err == nil && n < noLimit
}

// formatBytes writes a number of bytes in the largest unit that divides it.
func formatBytes(n uint64) string {
	for _, unit := range []struct {
		size uint64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d %s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
