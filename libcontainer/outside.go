package libcontainer

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// A container has some things that its checkpoint does not, because they are
// outside: mounts of the host's files and namespaces of others. A dump gives
// each a name, and a restore says by the name what takes its place.

const devNull = "/dev/null"

// outsideMount is a mount of the host's files. Its destination as the
// configuration has it is its name.
type outsideMount struct {
	destination, source string
}

// outsideMounts returns the mounts of the host's files, but for those that mask
// what is below them.
func (c *Container) outsideMounts(s *specs.Spec) ([]outsideMount, error) {
	var list []outsideMount
	own := ownNamespace(s, specs.CgroupNamespace)
	for i := range s.Mounts {
		m := &s.Mounts[i]
		o, faults := spec.ParseMountOptions(m.Options)
		if err := faults.Err(); err != nil {
			return nil, err
		}
		switch {
		case o.Remount:
		case o.Bind:
			list = append(list, outsideMount{filepath.Clean(m.Destination), spec.BindSource(c.state.Bundle, m.Source)})
		case m.Type == "cgroup" || m.Type == "cgroup2":
			for destination, source := range c.state.Cgroup.Binds(m, own) {
				list = append(list, outsideMount{destination, source})
			}
		}
	}
	if findNamespace(s, specs.UserNamespace) >= 0 || inUserNamespace() {
		for _, path := range device.Paths(s) {
			list = append(list, outsideMount{path, path})
		}
	}
	if m, ok := c.managerMount(); ok {
		list = append(list, outsideMount{m.Destination, m.Source})
	}
	return list, nil
}

// mountPoint returns the path in the container, whose root directory is root,
// that a destination leads to, or "" if it leads to nothing. A container that
// changes it meanwhile makes the dump fail.
func mountPoint(root *os.File, unsafePath string) string {
	fd, err := openPathIn(int(root.Fd()), unsafePath)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	path, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return ""
	}
	return path
}

// isDevNull reports whether there is the null device at a path: what a masked
// file looks like.
func isDevNull(root *os.File, unsafePath string) bool {
	fd, err := openPathIn(int(root.Fd()), unsafePath)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == unix.Mkdev(1, 3)
}

// openPathIn opens a path below a directory of a hostile file system: no link
// leads out of it.
func openPathIn(root int, unsafePath string) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for {
		fd, err := unix.Openat2(root, unsafePath, &how)
		if err != unix.EAGAIN && err != unix.EINTR { // a rename meanwhile
			return fd, err
		}
	}
}

// outsideNamespace is a namespace that CRIU takes as it is.
type outsideNamespace struct {
	file, key string // of /proc/<pid>/ns, and what runc calls it in images
	path      string
}

// outsideNamespaces returns the namespaces given by path that CRIU can leave
// alone. Others it saves, and a restore joins them: see [joinedNamespaces].
func outsideNamespaces(s *specs.Spec) []outsideNamespace {
	var list []outsideNamespace
	for _, ns := range s.Linux.Namespaces {
		switch {
		case ns.Path == "":
		case ns.Type == specs.NetworkNamespace:
			list = append(list, outsideNamespace{"net", "extRootNetNS", ns.Path})
		case ns.Type == specs.PIDNamespace:
			list = append(list, outsideNamespace{"pid", "extRootPidNS", ns.Path})
		}
	}
	return list
}
