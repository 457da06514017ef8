package cgroup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/mountinfo"
	"golang.org/x/sys/unix"
)

// mountPoint is where a hierarchy is mounted.
type mountPoint struct {
	point string
	root  string // the cgroup that is visible there
}

// below returns the path below the mount point of a cgroup that
// /proc/self/cgroup calls path.
func (m *mountPoint) below(path string) (string, error) {
	if path == "/.." || strings.HasPrefix(path, "/../") {
		return "", fmt.Errorf("%s is outside of the cgroup namespace", path)
	}
	if m.root == "/" {
		return path, nil
	}
	rest, ok := strings.CutPrefix(path, m.root)
	if !ok || rest != "" && rest[0] != '/' {
		return "", fmt.Errorf("%s is not visible at %s, which shows %s", path, m.point, m.root)
	}
	return "/" + strings.TrimPrefix(rest, "/"), nil
}

// mountFinder finds the mount points of hierarchies. It reads
// /proc/self/mountinfo, which can have thousands of lines on a container host,
// only for a hierarchy that is not at its usual place.
type mountFinder struct {
	version   int
	mountinfo []cgroupMount // nil until it was needed
}

// find returns where the hierarchy with these controllers is mounted, or nil.
func (f *mountFinder) find(controllers []string) (*mountPoint, error) {
	if len(controllers) == 0 {
		return f.findUnified(), nil
	}
	name := strings.TrimPrefix(strings.Join(controllers, ","), "name=")
	if point := root + "/" + name; isHierarchyRoot(point) {
		return &mountPoint{point: point, root: "/"}, nil
	}
	if f.mountinfo == nil {
		content, err := readFile("/proc/self/mountinfo")
		if err != nil {
			return nil, err
		}
		f.mountinfo = hierarchies(content)
	}
	for i := range f.mountinfo {
		if m := &f.mountinfo[i]; slices.Contains(m.options, controllers[0]) {
			return &m.mountPoint, nil
		}
	}
	return nil, nil
}

// findUnified returns the mount of the v2 hierarchy. On v1 hosts it is where
// systemd puts it, which they call hybrid, or it is not used.
func (f *mountFinder) findUnified() *mountPoint {
	point := root
	if f.version == 1 {
		point = root + "/unified"
		if fsType(point) != cgroup2Magic {
			return nil
		}
	}
	return &mountPoint{point: point, root: "/"}
}

// Roots returns directories that show the roots of all hierarchies, by their
// usual names below /sys/fs/cgroup, or "unified" for cgroup v2. It returns nil
// if v2 is not mounted, or another hierarchy is not to be seen from its root.
func Roots() map[string]string {
	content, err := readFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	mounts := mountFinder{version: hostVersion()}
	roots := map[string]string{}
	for line := range strings.Lines(content) {
		_, rest, _ := strings.Cut(line, ":")
		controllers, _, _ := strings.Cut(rest, ":")
		h := Hierarchy{}
		if controllers != "" {
			h.Controllers = strings.Split(controllers, ",")
		}
		m, err := mounts.find(h.Controllers)
		if err != nil || m == nil || m.root != "/" {
			return nil
		}
		roots[h.dirName()] = m.point
	}
	if roots["unified"] == "" {
		return nil
	}
	return roots
}

// isHierarchyRoot reports whether point shows the root cgroup of a v1
// hierarchy: that has inode number 1.
func isHierarchyRoot(point string) bool {
	var st unix.Stat_t
	return unix.Lstat(point, &st) == nil && st.Ino == 1 && fsType(point) == cgroup1Magic
}

// cgroupMount is a v1 hierarchy in /proc/self/mountinfo.
type cgroupMount struct {
	mountPoint
	options []string // of the superblock: its controllers are among them
}

// hierarchies returns the v1 hierarchies of a mountinfo file.
func hierarchies(content string) []cgroupMount {
	list := []cgroupMount{}
	for _, m := range mountinfo.Parse(content) {
		if m.Type == "cgroup" {
			list = append(list, cgroupMount{mountPoint{point: m.Point, root: m.Root}, strings.Split(m.Super, ",")})
		}
	}
	return list
}
