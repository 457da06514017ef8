package spec

import (
	"math"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// process checks process, which start and run need, and create does not
// (config.md, Process).
func (v *validator) process() {
	if v.spec.Process == nil {
		return
	}
	v.absolute("process.cwd", v.proc.Cwd)
	v.args()
	v.user(&v.proc.User)
	v.userIsMapped(&v.proc.User)
	v.rlimits(v.proc.Rlimits)
	v.oomScoreAdj()
	v.consoleSize()
	v.labels()
}

// maxLabel is how many bytes a label or the name of a profile may have: with
// "exec " in front, the kernel takes a page, and drops the rest
// (proc_pid_attr_write).
const maxLabel = 4096 - len("exec ")

// labels checks the labels and profiles for security modules.
func (v *validator) labels() {
	const want = "at most 4091"
	if n := len(v.proc.ApparmorProfile); n > maxLabel {
		v.faults.addf("process.apparmorProfile", want, "has %d bytes", n)
	}
	if n := len(v.proc.SelinuxLabel); n > maxLabel {
		v.faults.addf("process.selinuxLabel", want, "has %d bytes", n)
	}
}

// consoleSize checks the size of the terminal. Without a terminal it is ignored
// (config.md, "consoleSize"). The kernel has 16 bits for each (ioctl_tty(2)).
func (v *validator) consoleSize() {
	size := v.proc.ConsoleSize
	if !v.proc.Terminal || size == nil {
		return
	}
	if size.Height > math.MaxUint16 {
		v.faults.addf("process.consoleSize.height", "at most 65535", "is %d", size.Height)
	}
	if size.Width > math.MaxUint16 {
		v.faults.addf("process.consoleSize.width", "at most 65535", "is %d", size.Width)
	}
}

func (v *validator) args() {
	switch args := v.proc.Args; {
	case len(args) == 0:
		v.faults.add("process.args", "the program to run and its arguments", "is empty")
	case args[0] == "":
		v.faults.add("process.args[0]", "the program to run", "is empty")
	}
}

// noID is the id that setresuid(2) and similar calls take for "leave it as it
// is". A process with this id would stay root.
const noID = math.MaxUint32

// maxGids is NGROUPS_MAX: setgroups(2) refuses more.
const maxGids = 65536

func (v *validator) user(u *specs.User) {
	const want = "an id from 0 to 4294967294"
	if u.UID == noID {
		v.faults.addf("process.user.uid", want, "is %d", u.UID)
	}
	if u.GID == noID {
		v.faults.addf("process.user.gid", want, "is %d", u.GID)
	}
	for i, gid := range u.AdditionalGids {
		if gid == noID {
			v.faults.addf(index("process.user.additionalGids", i, ""), want, "is %d", gid)
		}
	}
	if n := len(u.AdditionalGids); n > maxGids {
		v.faults.addf("process.user.additionalGids", "at most 65536", "has %d ids", n)
	}
	if u.Umask != nil && *u.Umask > 0o777 {
		v.faults.addf("process.user.umask", "0 to 511 (octal 777)", "is %d (octal %[1]o)", *u.Umask)
	}
}

// userIsMapped checks that a new user namespace has the ids of the process. The
// kernel checks a joined one, and mappings checks that id 0 is mapped.
func (v *validator) userIsMapped(u *specs.User) {
	if i := v.namespaceIndex(specs.UserNamespace); i < 0 || v.linux.Namespaces[i].Path != "" {
		return
	}
	uids, gids := v.linux.UIDMappings, v.linux.GIDMappings
	if len(uids) > 0 && u.UID != 0 && !isMapped(uids, u.UID) {
		v.faults.addf("process.user.uid", "a user of the user namespace", "is %d, which linux.uidMappings does not map", u.UID)
	}
	group := func(at string, gid uint32) {
		if len(gids) > 0 && gid != 0 && !isMapped(gids, gid) {
			v.faults.addf(at, "a group of the user namespace", "is %d, which linux.gidMappings does not map", gid)
		}
	}
	group("process.user.gid", u.GID)
	if KeepsGroups(v.spec.Annotations) {
		return
	}
	for i, gid := range u.AdditionalGids {
		group(index("process.user.additionalGids", i, ""), gid)
	}
}

// isMapped reports whether an id of the container is in one of the ranges, of which
// there are not more than the kernel takes.
func isMapped(mappings []specs.LinuxIDMapping, id uint32) bool {
	return slices.ContainsFunc(mappings[:min(len(mappings), maxMappings)], func(m specs.LinuxIDMapping) bool {
		return m.ContainerID <= id && uint64(id) < uint64(m.ContainerID)+uint64(m.Size)
	})
}

func (v *validator) rlimits(limits []specs.POSIXRlimit) {
	first := map[string]int{}
	for i, l := range limits {
		at := func(field string) string { return index("process.rlimits", i, field) }
		if _, ok := Rlimit(l.Type); !ok {
			v.unknown(at("type"), l.Type, "a name of getrlimit(2), like RLIMIT_NOFILE")
			continue
		}
		if l.Soft > l.Hard {
			v.faults.addf(at("soft"), "at most the hard limit", "is %d, more than the hard limit %d", l.Soft, l.Hard)
		}
		if j, again := first[l.Type]; again {
			v.faults.addf(at("type"), "each type once", "is %s again (first: process.rlimits[%d])", l.Type, j)
			continue
		}
		first[l.Type] = i
	}
}

// unknown reports a name that is missing or not one of a vocabulary.
func (v *validator) unknown(at, name, want string) {
	if name == "" {
		v.faults.add(at, want, "is missing")
		return
	}
	v.faults.addf(at, want, "is %q, which is unknown", name)
}

func (v *validator) oomScoreAdj() {
	if adj := v.proc.OOMScoreAdj; adj != nil && (*adj < -1000 || *adj > 1000) {
		v.faults.addf("process.oomScoreAdj", "-1000 to 1000", "is %d", *adj)
	}
}
