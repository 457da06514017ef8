package cgroup

import "strconv"

// CPULimit returns how much CPU time the kernel lets the cgroup have, as a number
// of CPUs, or 0 if it is not limited. Limits of the cgroups above are left out.
func (c *Config) CPULimit() float64 {
	dir := c.withController("cpu")
	if c.Inherited || dir == "" {
		return 0
	}
	quota, period := readCPUMax(dir)
	if c.Version != 2 {
		quota, period = readCFSQuota(dir)
	}
	if quota <= 0 || period == 0 {
		return 0
	}
	return float64(quota) / float64(period)
}

// readCFSQuota returns the quota, -1 if there is none, and the period of a v1
// cgroup.
func readCFSQuota(dir string) (quota int64, period uint64) {
	quota, period = -1, 0
	if fields := readFields(dir + "/cpu.cfs_quota_us"); len(fields) == 1 {
		if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
			quota = n
		}
	}
	if fields := readFields(dir + "/cpu.cfs_period_us"); len(fields) == 1 {
		if n, err := strconv.ParseUint(fields[0], 10, 64); err == nil {
			period = n
		}
	}
	return quota, period
}
