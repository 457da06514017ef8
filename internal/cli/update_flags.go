package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// limitFlag is a flag of update for one limit.
type limitFlag struct {
	name, usage string
	set         func(*specs.LinuxResources, string) error
	value       string // as given, or ""
}

// limitFlags returns runc's flags for limits.
func limitFlags() []limitFlag {
	type resources = *specs.LinuxResources
	return []limitFlag{
		limitOf("blkio-weight", "block I/O `WEIGHT`, from 10 to 1000", weight, func(r resources) **uint16 { return &blockIO(r).Weight }),
		limitOf("cpu-period", "period of the CPU quota, in `MICROSECONDS`", unsigned, func(r resources) **uint64 { return &cpu(r).Period }),
		limitOf("cpu-quota", "CPU time per period, in `MICROSECONDS`; -1 means no limit", signed, func(r resources) **int64 { return &cpu(r).Quota }),
		limitOf("cpu-burst", "unused CPU time that may be carried over to later periods, in `MICROSECONDS`", unsigned, func(r resources) **uint64 { return &cpu(r).Burst }),
		limitOf("cpu-share", "CPU `WEIGHT`, from 2 to 262144; the kernel's default is 1024", unsigned, func(r resources) **uint64 { return &cpu(r).Shares }),
		limitOf("cpu-rt-period", "period of the real-time quota, in `MICROSECONDS`", unsigned, func(r resources) **uint64 { return &cpu(r).RealtimePeriod }),
		limitOf("cpu-rt-runtime", "real-time CPU time per period, in `MICROSECONDS`", signed, func(r resources) **int64 { return &cpu(r).RealtimeRuntime }),
		limitOf("cpu-idle", "`1` runs the container only when the CPU is otherwise idle; 0 is normal", signed, func(r resources) **int64 { return &cpu(r).Idle }),
		{name: "cpuset-cpus", usage: "CPUs that the container may use, as a `LIST` such as 0-3,7", set: func(r resources, list string) error { cpu(r).Cpus = list; return nil }},
		{name: "cpuset-mems", usage: "memory nodes that the container may use, as a `LIST`", set: func(r resources, list string) error { cpu(r).Mems = list; return nil }},
		limitOf("memory", "memory limit in `BYTES`", parseBytes, func(r resources) **int64 { return &memory(r).Limit }),
		limitOf("memory-reservation", "soft memory limit in `BYTES`: memory protected when the host runs short", parseBytes, func(r resources) **int64 { return &memory(r).Reservation }),
		limitOf("memory-swap", "limit of memory and swap together, in `BYTES`", parseBytes, func(r resources) **int64 { return &memory(r).Swap }),
		//lint:ignore SA1019 it is only warned of
		limitOf("kernel-memory", "obsolete: `BYTES` is ignored", parseBytes, func(r resources) **int64 { return &memory(r).Kernel }),
		limitOf("kernel-memory-tcp", "obsolete: `BYTES` is ignored", parseBytes, func(r resources) **int64 { return &memory(r).KernelTCP }),
		limitOf("pids-limit", "maximum `NUMBER` of processes and threads; -1 means no limit", signed, func(r resources) **int64 { return &pids(r).Limit }),
	}
}

// limitOf returns the flag for a number. at returns where the number is stored.
func limitOf[T int64 | uint64 | uint16](name, usage string, parse func(string) (T, error), at func(*specs.LinuxResources) **T) limitFlag {
	return limitFlag{name: name, usage: usage, set: func(r *specs.LinuxResources, value string) error {
		n, err := parse(value)
		*at(r) = &n
		return err
	}}
}

func blockIO(r *specs.LinuxResources) *specs.LinuxBlockIO { return made(&r.BlockIO) }
func cpu(r *specs.LinuxResources) *specs.LinuxCPU         { return made(&r.CPU) }
func memory(r *specs.LinuxResources) *specs.LinuxMemory   { return made(&r.Memory) }
func pids(r *specs.LinuxResources) *specs.LinuxPids       { return made(&r.Pids) }

// made returns what p points to, and makes that first if it is nil.
func made[T any](p **T) *T {
	if *p == nil {
		*p = new(T)
	}
	return *p
}

func signed(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, numberError(s, err)
}

func unsigned(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	return n, numberError(s, err)
}

func weight(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), numberError(s, err)
}

func numberError(s string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%q: %w", s, errors.Unwrap(err))
}

// parseBytes reads an amount of memory as runc does: a number, which may have a
// fraction, and a unit of powers of 1024, such as m, MB or MiB. -1 is no limit.
func parseBytes(s string) (int64, error) {
	if s == "-1" {
		return -1, nil
	}
	text := strings.ToLower(s)
	text = strings.TrimSuffix(strings.TrimSuffix(text, "b"), "i")
	shift := 0
	if i := strings.IndexAny(text, "kmgtp"); i >= 0 && i == len(text)-1 {
		shift = 10 * (strings.IndexByte("kmgtp", text[i]) + 1)
		text = strings.TrimSuffix(text[:i], " ")
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.") != "" {
		return 0, fmt.Errorf("%q is not an amount of memory (want one like 512m)", s)
	}
	if n = math.Ldexp(n, shift); n >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too large", s)
	}
	return int64(n), nil
}
