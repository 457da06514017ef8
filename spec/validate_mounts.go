package spec

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func (v *validator) mounts() {
	for i := range v.spec.Mounts {
		m := &v.spec.Mounts[i]
		at := func(field string) string { return index("mounts", i, field) }
		options, faults := ParseMountOptions(m.Options)
		for _, f := range faults {
			f.Path = at(f.Path)
			v.faults = append(v.faults, f)
		}
		v.mountSource(at, m, &options)
		v.mountLengths(at, m.Source, &options)
		v.destination(at, m, &options)
		v.idMap(at, m, &options)
		if options.CopyUp && (m.Type != "tmpfs" || options.Bind || options.Remount) {
			v.faults.add(at("options"), "type tmpfs", "have tmpcopyup, which is for a new tmpfs only")
		}
	}
}

// mountSource checks what is mounted: a type of file system, or the source of a
// bind mount.
func (v *validator) mountSource(at func(string) string, m *specs.Mount, o *MountOptions) {
	switch {
	case o.Remount:
	case o.Bind && m.Source == "":
		v.faults.add(at("source"), "the path to mount, absolute or relative to the bundle", "is missing")
	case o.Bind && len(m.Source) > maxPath:
		v.length(at("source"), m.Source)
	case o.Bind:
	case m.Type == "":
		v.faults.add(at("type"), "a type of file system, or bind or rbind in the options", "is missing")
	case m.Type == "bind" || m.Type == "rbind" || m.Type == "none":
		v.faults.addf(at("type"), "bind or rbind in the options", "is %q, which is not a type of file system", m.Type)
	}
}

// procFiles are the files of /proc that may be mounted over. Programs like lxcfs
// replace them with files that suit the container.
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
// kernel's proc file system at /proc.
//
// Labels and sysctls are written to files of /proc. With other files in their
// place they would not take effect, and nobody would notice (CVE-2019-16884,
// CVE-2025-52881). Whether the source of a bind mount is procfs is checked where
// it is mounted.
func (v *validator) destination(at func(string) string, m *specs.Mount, o *MountOptions) {
	dest := inContainer(m.Destination)
	switch {
	case m.Destination == "":
		v.faults.add(at("destination"), "a path in the container", "is missing")
	case len(m.Destination) > maxPath:
		v.length(at("destination"), m.Destination)
	case dest == "/proc":
		if !o.Remount && !o.Bind && m.Type != "proc" {
			v.faults.add(at("destination"), "type proc, or a bind mount of a procfs", "is /proc, where only procfs may be mounted")
		}
	case strings.HasPrefix(dest, "/proc/") && !slices.Contains(procFiles[:], dest):
		v.faults.addf(at("destination"), "a path outside of /proc, or /proc/cpuinfo and the like",
			"is %q, which cannot be mounted because it is inside /proc", m.Destination)
	}
}
