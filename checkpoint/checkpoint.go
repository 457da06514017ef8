// Package checkpoint uses CRIU (https://criu.org) to save the processes of a
// container to files and to restore them.
//
// It knows CRIU, and what CRIU must be told about a container. It does not know
// the life cycle: package libcontainer calls [CRIU.Dump] and [CRIU.Prepare],
// and decides what happens to the container.
//
// CRIU is a separate program, so containers that nobody checkpoints do not pay
// for it. It is started for one request ("criu swrk") and receives it over a
// socket (https://criu.org/RPC). This way, the restored processes can be
// children of the process that asks. The messages are those of go-criu. They
// add nothing measurable to the start of a command: see docs/architecture.md.
package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Images says where and how a container is saved. A checkpoint and its restore
// should use the same options.
type Images struct {
	Dir string // absolute path of the directory
	Log string // the same for CRIU's log, or "" for Dir
	Options
}

// Container is what a checkpoint and a restore must know about a container.
type Container struct {
	Spec *specs.Spec
	// Rootfs is the root directory, a path of the host.
	Rootfs string
	// Place is a directory that need not exist. What CRIU needs mounted is
	// mounted there, in CRIU's mount namespace.
	Place string
	// Cgroups are directories that show the roots of all cgroup hierarchies, by
	// the names that CRIU has for them, or nil: then CRIU mounts them.
	Cgroups map[string]string
	// ExternalMounts are the mounts of the host's files, except those that mask paths.
	ExternalMounts []ExternalMount
}

// Check refuses a configuration whose container CRIU could save but not
// restore.
func Check(s *specs.Spec) error {
	own := false
	if s.Linux != nil {
		for i, ns := range s.Linux.Namespaces {
			switch {
			case ns.Type == specs.MountNamespace:
				own = ns.Path == ""
			case ns.Type == specs.CgroupNamespace && ns.Path != "":
				return fmt.Errorf("linux.namespaces[%d].path: CRIU cannot restore into a cgroup namespace", i)
			}
		}
	}
	if !own {
		return errors.New("linux.namespaces: checkpoint and restore need a new mount namespace")
	}
	return nil
}

// request returns the request that a dump and a restore begin with. The function
// closes its directories.
func (c *Container) request(k kind, images *Images) (*request, func(), error) {
	r := &request{
		Options: images.Options,
		Kind:    k,
		Root:    c.Rootfs,
		Place:   c.Place,
		Cgroups: c.Cgroups,
	}
	r.ConfigFile = spec.CRIUConfig(c.Spec.Annotations)
	closeDirs := func() {
		r.Images.Close()
		r.Work.Close() // which may be nil
	}
	var err error
	if r.Images, err = openDir("Images.Dir", images.Dir); err == nil && images.Log != "" {
		if err = os.MkdirAll(images.Log, 0o700); err == nil {
			r.Work, err = openDir("Images.Log", images.Log)
		}
	}
	if err != nil {
		closeDirs()
		return nil, nil, err
	}
	return r, closeDirs, nil
}

func openDir(option, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, &OptionError{option, err}
	}
	return f, nil
}

// makeImages makes the directory of the image files if there is none. A restore of
// a user namespace reads them as the host's root without capabilities until the
// namespace has its mappings (timens-0.img, of CRIU 4.1), and as its root
// after that: so a new directory lets that user's group in.
func makeImages(path string, s *specs.Spec) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	err := os.MkdirAll(path, 0o700)
	if err == nil && hasUserNamespace(s) {
		if err = os.Chown(path, -1, hostID(s.Linux.GIDMappings)); err == nil {
			err = os.Chmod(path, 0o710)
		}
	}
	if err != nil {
		return &OptionError{"Images.Dir", err}
	}
	return nil
}

func hasUserNamespace(s *specs.Spec) bool {
	return s.Linux != nil && slices.ContainsFunc(s.Linux.Namespaces, func(ns specs.LinuxNamespace) bool {
		return ns.Type == specs.UserNamespace
	})
}

// hostID returns what root of a mapping is outside, or -1.
func hostID(mappings []specs.LinuxIDMapping) int {
	for _, m := range mappings {
		if m.ContainerID == 0 {
			return int(m.HostID)
		}
	}
	return -1
}
