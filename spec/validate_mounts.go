package spec

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func (v *validator) mounts() {
	for i := range v.spec.Mounts {
		v.mount(index("mounts", i, ""), &v.spec.Mounts[i])
	}
}

func (v *validator) mount(at string, m *specs.Mount) {
	options, faults := ParseMountOptions(m.Options)
	for _, f := range faults {
		f.Path = at + "." + f.Path
		v.faults = append(v.faults, f)
	}
	v.mountType(at, m, &options)
	if m.Destination == "" {
		v.faults.add(at+".destination", "a path in the container", "is missing")
		return
	}
	if !v.length(at+".destination", m.Destination) {
		return
	}
	v.destination(at+".destination", m, &options)
}

func (v *validator) mountType(at string, m *specs.Mount, o *MountOptions) {
	switch {
	case o.Remount:
	case o.Bind && m.Source == "":
		v.faults.add(at+".source", "the path to mount, absolute or relative to the bundle", "is missing")
	case o.Bind:
		v.length(at+".source", m.Source)
	case m.Type == "":
		v.faults.add(at+".type", "a type of file system, or bind or rbind in the options", "is missing")
	case m.Type == "bind" || m.Type == "rbind" || m.Type == "none":
		v.faults.addf(at+".type", "bind or rbind in the options", "is %q, which is not a type of file system", m.Type)
	}
}

// procFiles are the files of /proc that may be mounted over. Programs like
// lxcfs put there what suits the container.
var procFiles = [...]string{
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/loadavg",
	"/proc/meminfo",
	"/proc/net/dev",
	"/proc/slabinfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/sys/crypto/fips_enabled",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/uptime",
}

// destination refuses mounts that would leave something other than the
// kernel's proc file system at /proc, or hide the container's root.
//
// Labels and sysctls are written to files of /proc. With other files in their
// place they would not take effect, and nobody would notice (CVE-2019-16884,
// CVE-2025-52881). That a bind mount of /proc is one of procfs is for its
// mounter to see.
func (v *validator) destination(at string, m *specs.Mount, o *MountOptions) {
	dest := inContainer(m.Destination)
	switch {
	case dest == "/":
		v.faults.addf(at, "a path below /", "is %q, which would hide the root file system", m.Destination)
	case dest == "/proc":
		if !o.Remount && !mountsProc(m, o) {
			v.faults.add(at, "type proc, or a bind mount of /proc", "is /proc, where only procfs may be mounted")
		}
	case strings.HasPrefix(dest, "/proc/") && !slices.Contains(procFiles[:], dest):
		v.faults.addf(at, "a path outside of /proc, or /proc/cpuinfo and the like",
			"is %q, which must not be mounted over", m.Destination)
	}
}

func mountsProc(m *specs.Mount, o *MountOptions) bool {
	if o.Bind {
		return strings.TrimRight(m.Source, "/") == "/proc"
	}
	return m.Type == "proc"
}
