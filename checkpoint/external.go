package checkpoint

import (
	"fmt"
	"os"
	"strconv"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// A container has some things that its checkpoint does not, because they are
// outside: mounts of the host's files and namespaces of others. A dump gives
// each a name, and a restore says by the name what takes its place.

const devNull = "/dev/null"

// ExternalMount is a mount of the host's files. Its name in the images is its
// destination in the configuration.
type ExternalMount struct {
	Destination, Source string
}

// describeExternal tells CRIU what the container has that is not its own: mounts
// of the host's files, and namespaces that were given by path.
func (d *Dump) describeExternal(r *request) error {
	proc := "/proc/" + strconv.Itoa(d.Pid)
	root, err := os.OpenFile(proc+"/root", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, m := range d.ExternalMounts {
		if at := mountPoint(root, m.Destination); at != "" {
			r.Mounts = append(r.Mounts, mapping{Key: at, Value: m.Destination})
		}
	}
	if d.Spec.Linux == nil {
		return nil
	}
	for _, path := range d.Spec.Linux.MaskedPaths {
		if at := mountPoint(root, path); at != "" && isDevNull(root, path) {
			r.Mounts = append(r.Mounts, mapping{Key: at, Value: devNull})
		}
	}
	for _, ns := range externalNamespaces(d.Spec) {
		var st unix.Stat_t
		if err := unix.Stat(proc+"/ns/"+ns.file, &st); err != nil {
			return fmt.Errorf("stat %s/ns/%s: %w", proc, ns.file, err)
		}
		r.External = append(r.External, fmt.Sprintf("%s[%d]:%s", ns.file, st.Ino, ns.key))
	}
	return nil
}

// mountPoint returns the path in the container, whose root directory is root,
// that a destination leads to, or "" if it leads to nothing. A container that
// changes it meanwhile makes the dump fail.
func mountPoint(root *os.File, unsafePath string) string {
	fd, err := linux.OpenInRoot(int(root.Fd()), unsafePath)
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
	fd, err := linux.OpenInRoot(int(root.Fd()), unsafePath)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == unix.Mkdev(1, 3)
}

// externalNamespace is a namespace that CRIU takes as it is.
type externalNamespace struct {
	file, key string // of /proc/<pid>/ns, and what runc calls it in images
	path      string
}

// externalNamespaces returns the namespaces given by path that CRIU can leave
// alone. Others it saves, and a restore joins them: see [joinedNamespaces].
func externalNamespaces(s *specs.Spec) []externalNamespace {
	var list []externalNamespace
	for _, ns := range s.Linux.Namespaces {
		switch {
		case ns.Path == "":
		case ns.Type == specs.NetworkNamespace:
			list = append(list, externalNamespace{"net", "extRootNetNS", ns.Path})
		case ns.Type == specs.PIDNamespace:
			list = append(list, externalNamespace{"pid", "extRootPidNS", ns.Path})
		}
	}
	return list
}
