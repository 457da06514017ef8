package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// unavailable says that a limit's controller is missing, and why if that is
// known.
func (l *limit) unavailable(controller string, cause error) error {
	if cause != nil {
		return fmt.Errorf("%s: needs the %s cgroup controller: %w", l.path, controller, cause)
	}
	return fmt.Errorf("%s: needs the %s cgroup controller, which this host does not have", l.path, controller)
}

// explain says which setting an error of the library is about. path is the
// setting's group; if the error names the file that was written, that tells
// the setting itself.
func explain(err error, path string) error {
	if err == nil {
		return nil
	}
	var pathErr *os.PathError
	if !errors.As(err, &pathErr) {
		return fmt.Errorf("%s: %w", path, err)
	}
	if key := settingOf(filepath.Base(pathErr.Path)); key != "" {
		path = "linux.resources." + key
	}
	return fmt.Errorf("%s: %w", path, pathErr)
}

// settingOf returns the setting that is written to a cgroup file, or "".
func settingOf(file string) string {
	switch file {
	case "memory.limit_in_bytes", "memory.max":
		return "memory.limit"
	case "memory.memsw.limit_in_bytes", "memory.swap.max":
		return "memory.swap"
	case "memory.soft_limit_in_bytes", "memory.low":
		return "memory.reservation"
	case "cpu.shares", "cpu.weight":
		return "cpu.shares"
	case "cpu.cfs_quota_us", "cpu.max":
		return "cpu.quota"
	case "cpu.cfs_period_us":
		return "cpu.period"
	case "cpu.cfs_burst_us", "cpu.max.burst":
		return "cpu.burst"
	case "cpu.rt_runtime_us":
		return "cpu.realtimeRuntime"
	case "cpu.rt_period_us":
		return "cpu.realtimePeriod"
	case "cpu.idle":
		return "cpu.idle"
	case "pids.max":
		return "pids.limit"
	}
	return ""
}
