package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
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
func explain(err error, path string, res *specs.LinuxResources) error {
	var pathErr *os.PathError
	if !errors.As(err, &pathErr) {
		return fmt.Errorf("%s: %w", path, err)
	}
	file := filepath.Base(pathErr.Path)
	if _, ok := res.Unified[file]; ok && path == "linux.resources.unified" {
		return fmt.Errorf("linux.resources.unified[%q]: %w", file, err)
	}
	if key := settingOf(file); key != "" {
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
	return blockIOSettingOf(file)
}

func blockIOSettingOf(file string) string {
	switch {
	case strings.Contains(file, "weight_device"):
		return "blockIO.weightDevice"
	case file == "blkio.leaf_weight":
		return "blockIO.leafWeight"
	case strings.HasPrefix(file, "blkio.") && strings.HasSuffix(file, "weight"), file == "io.weight", file == "io.bfq.weight":
		return "blockIO.weight"
	case file == "blkio.throttle.read_bps_device":
		return "blockIO.throttleReadBpsDevice"
	case file == "blkio.throttle.write_bps_device":
		return "blockIO.throttleWriteBpsDevice"
	case file == "blkio.throttle.read_iops_device":
		return "blockIO.throttleReadIOPSDevice"
	case file == "blkio.throttle.write_iops_device":
		return "blockIO.throttleWriteIOPSDevice"
	}
	return ""
}
