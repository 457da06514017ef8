package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/criu"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Checkpoint is where a container is saved, and how. A checkpoint and its
// restore should agree on the options.
type Checkpoint struct {
	Images string // absolute path of the directory
	Work   string // the same for the log, or "" for Images
	criu.Options
}

// CheckpointConfig says how to save a container.
type CheckpointConfig struct {
	Checkpoint
	Parent       string // the directory of the pre-dump before, from Images, or ""
	PreDump      bool   // save what memory there is, and let the container go on
	LeaveRunning bool   // let the container go on
	PageServer   *criu.PageServer
	// Status gets a zero byte when a dump with LazyPages waits for who wants
	// the pages. It may be nil.
	Status *os.File
}

// Checkpoint saves a running container's processes, and ends and deletes the
// container unless that is to go on. If it fails the container goes on.
func (c *Container) Checkpoint(cfg *CheckpointConfig) error {
	cr, err := criu.Find()
	if err != nil {
		return err
	}
	return c.change(func() error {
		status, err := c.Status()
		if err != nil {
			return err
		}
		if status != Running && status != Paused {
			return fmt.Errorf("%w: it is %s, so there is nothing to checkpoint", ErrNotRunning, status)
		}
		if err := c.dump(cr, cfg); err != nil {
			return errors.Join(err, c.thawAfterDump(status))
		}
		if cfg.LeaveRunning || cfg.PreDump {
			return nil
		}
		return c.delete()
	})
}

// thawAfterDump lets a container go on that a dump has frozen and left so.
func (c *Container) thawAfterDump(before Status) error {
	if before == Paused {
		return nil
	}
	return c.state.Cgroup.Thaw()
}

// dump has CRIU save the processes.
func (c *Container) dump(cr *criu.CRIU, cfg *CheckpointConfig) error {
	s, err := c.Spec()
	if err != nil {
		return err
	}
	if err := checkpointable(s); err != nil {
		return err
	}
	r := &criu.Request{
		Options:      cfg.Options,
		Kind:         criu.Dump,
		Root:         c.state.Rootfs,
		Place:        c.criuPlace(),
		Cgroups:      cgroup.Roots(),
		Pid:          c.state.Init.Pid,
		Parent:       cfg.Parent,
		LeaveRunning: cfg.LeaveRunning,
		Freezer:      c.state.Cgroup.FreezerDir(),
		PageServer:   cfg.PageServer,
		Notify:       func(n criu.Notification) error { return tellReady(n, cfg.Status) },
	}
	if cfg.PreDump {
		r.Kind = criu.PreDump
	}
	r.ConfigFile = spec.CRIUConfig(s.Annotations)
	if err := makeImages(cfg.Images, s); err != nil {
		return err
	}
	closeDirs, err := openDirs(r, &cfg.Checkpoint)
	if err != nil {
		return err
	}
	defer closeDirs()
	if err := c.describeOutside(r, s); err != nil {
		return err
	}
	streams, err := outsideStreams(c.state.Streams, cfg.ShellJob)
	if err != nil {
		return err
	}
	r.External = append(r.External, streams...)
	if err := saveStreams(cfg.Images, c.state.Streams); err != nil {
		return err
	}
	return cr.Run(r)
}

// criuPlace is a directory that CRIU's surroundings are mounted on.
func (c *Container) criuPlace() string { return c.entry.path + "/criu" }

// checkpointable refuses a configuration whose container CRIU could save but not
// bring back.
func checkpointable(s *specs.Spec) error {
	if !ownNamespace(s, specs.MountNamespace) {
		return errors.New("linux.namespaces: checkpoint and restore need a new mount namespace")
	}
	if joinsNamespace(s, specs.CgroupNamespace) {
		i := findNamespace(s, specs.CgroupNamespace)
		return fmt.Errorf("linux.namespaces[%d].path: CRIU cannot restore into a cgroup namespace", i)
	}
	return nil
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
	if err == nil && findNamespace(s, specs.UserNamespace) >= 0 {
		if err = os.Chown(path, -1, hostID(s.Linux.GIDMappings)); err == nil {
			err = os.Chmod(path, 0o710)
		}
	}
	if err != nil {
		return fmt.Errorf("--image-path: %w", err)
	}
	return nil
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

// openDirs opens the directories of the image files and of the log, which is
// made if it is missing. The function closes them.
func openDirs(r *criu.Request, cp *Checkpoint) (func(), error) {
	closeDirs := func() {
		r.Images.Close()
		r.Work.Close() // which may be nil
	}
	var err error
	if r.Images, err = openDir("--image-path", cp.Images); err == nil && cp.Work != "" {
		if err = os.MkdirAll(cp.Work, 0o700); err == nil {
			r.Work, err = openDir("--work-path", cp.Work)
		}
	}
	if err != nil {
		closeDirs()
		return nil, err
	}
	return closeDirs, nil
}

func openDir(flag, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return f, nil
}

// tellReady tells that CRIU serves the pages of a lazy dump.
func tellReady(n criu.Notification, status *os.File) error {
	if n.Step != criu.StatusReady || status == nil {
		return nil
	}
	defer status.Close()
	if _, err := status.Write([]byte{0}); err != nil {
		return fmt.Errorf("--status-fd: %w", err)
	}
	return nil
}

// describeOutside tells CRIU what the container has that is not its own: mounts
// of the host's files, and namespaces that were given by path.
func (c *Container) describeOutside(r *criu.Request, s *specs.Spec) error {
	proc := "/proc/" + strconv.Itoa(c.state.Init.Pid)
	root, err := os.OpenFile(proc+"/root", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer root.Close()
	list, err := c.outsideMounts(s)
	if err != nil {
		return err
	}
	for _, m := range list {
		if at := mountPoint(root, m.destination); at != "" {
			r.Mounts = append(r.Mounts, criu.Mount{Key: at, Value: m.destination})
		}
	}
	if s.Linux != nil {
		for _, path := range s.Linux.MaskedPaths {
			if at := mountPoint(root, path); at != "" && isDevNull(root, path) {
				r.Mounts = append(r.Mounts, criu.Mount{Key: at, Value: devNull})
			}
		}
	}
	for _, ns := range outsideNamespaces(s) {
		var st unix.Stat_t
		if err := unix.Stat(proc+"/ns/"+ns.file, &st); err != nil {
			return fmt.Errorf("stat %s/ns/%s: %w", proc, ns.file, err)
		}
		r.External = append(r.External, fmt.Sprintf("%s[%d]:%s", ns.file, st.Ino, ns.key))
	}
	return nil
}
