package check

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// masked are the paths that every engine masks, old versions too.
var masked = [...]string{
	"/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
}

// protected are the paths that every engine makes read-only.
var protected = [...]string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}

// procfs is about files of /proc and /sys that are not of the container.
func (c *checker) procfs() {
	if visible := c.visible(); len(visible) > 0 {
		c.findAs(unless(c.ownUsers()), "unmasked-path", "linux.maskedPaths", "does not have "+strings.Join(visible, ", "), "them too")
	}
	if writable := c.writable(); len(writable) > 0 {
		c.findAs(unless(c.ownUsers()), "writable-proc", "linux.readonlyPaths", "does not have "+strings.Join(writable, ", "), "them too")
	}
}

// visible returns the paths that every engine masks and this configuration does not.
func (c *checker) visible() []string { return c.without(masked[:], c.linux.MaskedPaths) }

// writable returns the paths that every engine makes read-only and this configuration
// does not.
func (c *checker) writable() []string {
	if _, m := c.at("/proc"); m == nil || m.readonly {
		return nil
	}
	return c.without(protected[:], c.linux.MaskedPaths, c.linux.ReadonlyPaths)
}

// without returns those of paths in /proc and /sys that the container has, and that
// are neither in any of lists nor below an element of them.
func (c *checker) without(paths []string, lists ...[]string) (missing []string) {
	for _, p := range paths {
		if !c.shows(p) {
			continue
		}
		covered := slices.ContainsFunc(lists, func(list []string) bool {
			return slices.ContainsFunc(list, func(top string) bool { return within(p, strings.TrimRight(top, "/")) && top != "" })
		})
		if !covered {
			missing = append(missing, p)
		}
	}
	return missing
}

// shows reports whether the container sees the kernel's file at a path in /proc or
// /sys.
func (c *checker) shows(p string) bool {
	top := p[:strings.IndexByte(p[1:], '/')+1]
	if _, m := c.at(top); m == nil {
		return false
	}
	for i := range c.mounts {
		if dest := c.mounts[i].dest; dest != top && within(dest, top) && within(p, dest) {
			return false
		}
	}
	return true
}

// sysfs is about file systems whose files are controls.
func (c *checker) sysfs() {
	for i := range c.mounts {
		m := &c.mounts[i]
		switch {
		case m.Bind || m.readonly || m.Remount:
		case m.Type == "sysfs":
			c.findAs(unless(c.ownUsers()), "writable-sys", element("mounts", i, "options"), "leave sysfs on "+m.dest+" writable", "ro")
		case m.Type == "cgroup" || m.Type == "cgroup2":
			own := c.ownUsers() || spec.NewNamespace(c.spec, specs.CgroupNamespace) || !c.has("CAP_SYS_ADMIN")
			c.findAs(unless(own), "writable-cgroups", element("mounts", i, "options"), "leave the cgroups on "+m.dest+" writable", "ro")
		}
	}
}
