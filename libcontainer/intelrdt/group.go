// Package intelrdt puts a container into a group of Intel's Resource Director
// Technology (linux.intelRdt), which limits and measures its share of caches
// and memory bandwidth. AMD and Arm have similar technologies behind the same
// file system, resctrl (Documentation/filesystems/resctrl.rst in the kernel).
//
// The package does not access the system unless a container's configuration
// asks for it.
package intelrdt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Group is a container's place in resctrl. It is pure data, and saved in the
// container's state.
type Group struct {
	// Root is where resctrl is mounted.
	Root string `json:"root"`
	// Class is the directory of the class of service, a CTRL_MON group. It is
	// Root for the default class.
	Class string `json:"class"`
	// Own says that the class is made for this container and ends with it.
	Own bool `json:"own,omitempty"`
	// Monitor is the directory of the container's MON group in the class, or "".
	Monitor string `json:"monitor,omitempty"`
}

// Locate finds out which group a container gets. It changes nothing.
//
// Without closID the container gets a class of its own, named after its id. A
// closID names a class that may be shared. It is made if the configuration has
// schemas for it, and must exist otherwise. A class that exists is never
// changed, because others may use it, so its schemas must be those of the
// configuration.
func Locate(root string, cfg *specs.LinuxIntelRdt, id string) (*Group, error) {
	g := &Group{Root: root, Class: filepath.Join(root, id), Own: cfg.ClosID == ""}
	if !g.Own {
		g.Class = filepath.Join(root, cfg.ClosID)
	}
	if cfg.EnableMonitoring {
		g.Monitor = filepath.Join(g.Class, "mon_groups", id)
	}
	return g, g.check(cfg)
}

// check checks what exists of the group against the configuration.
func (g *Group) check(cfg *specs.LinuxIntelRdt) error {
	exists, err := isDir(g.Class)
	switch {
	case err != nil:
		return fmt.Errorf("linux.intelRdt: %w", err)
	case exists && g.Own:
		return g.taken()
	case exists:
		return g.compare(wanted(cfg))
	case !g.Own && len(wanted(cfg)) == 0:
		return fmt.Errorf("linux.intelRdt.closID: %s has no class of service %q, and there is no schema to make one with", g.Root, cfg.ClosID)
	}
	return nil
}

// taken says that somebody else has the directory of a class of the
// container's own.
func (g *Group) taken() error {
	return fmt.Errorf("linux.intelRdt: %s exists already (to share a class of service, name it in closID)", g.Class)
}

func isDir(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.IsDir(), err
}

// Create makes the missing parts of the group and writes the schemas of a new
// class. After an error nothing that it made is left.
func (g *Group) Create(cfg *specs.LinuxIntelRdt) error { return g.create(cfg, mkdir, unix.Rmdir) }

func mkdir(path string) error { return unix.Mkdir(path, 0o755) }

// create is Create with the two calls by which resctrl makes and removes
// groups.
func (g *Group) create(cfg *specs.LinuxIntelRdt, mkdir, rmdir func(string) error) (err error) {
	made, err := g.makeClass(cfg, mkdir)
	defer func() {
		if err != nil && made {
			_ = rmdir(g.Class)
		}
	}()
	if err != nil {
		return err
	}
	if made {
		if err := g.write(wanted(cfg)); err != nil {
			return err
		}
	}
	return g.makeMonitor(mkdir)
}

// makeClass makes the class if it does not exist. Another runtime may have made
// it since [Locate].
func (g *Group) makeClass(cfg *specs.LinuxIntelRdt, mkdir func(string) error) (made bool, err error) {
	if exists, err := isDir(g.Class); err != nil || exists && !g.Own {
		return false, err
	}
	switch err := mkdir(g.Class); {
	case err == nil:
		return true, nil
	case err == unix.EEXIST && g.Own:
		g.Own = false
		return false, g.taken()
	case err == unix.EEXIST:
		return false, g.compare(wanted(cfg))
	case err == unix.ENOSPC:
		return false, fmt.Errorf("linux.intelRdt: mkdir %s: the hardware has no class of service left: %w", g.Class, err)
	default:
		return false, fmt.Errorf("linux.intelRdt: mkdir %s: %w%s", g.Class, err, g.lastStatus())
	}
}

// makeMonitor makes the container's MON group.
func (g *Group) makeMonitor(mkdir func(string) error) error {
	if g.Monitor == "" {
		return nil
	}
	err := mkdir(g.Monitor)
	if err == nil {
		return nil
	}
	at := fmt.Sprintf("linux.intelRdt.enableMonitoring: mkdir %s", g.Monitor)
	switch err {
	case unix.EEXIST:
		g.Monitor = "" // somebody else's
	case unix.ENOENT:
		return fmt.Errorf("%s: this machine cannot monitor: %w", at, err)
	case unix.ENOSPC:
		return fmt.Errorf("%s: the hardware has no monitoring group left: %w", at, err)
	}
	return fmt.Errorf("%s: %w%s", at, err, g.lastStatus())
}

// Join moves a process, which must have one thread, into the group. Its
// children will be in it too.
func (g *Group) Join(pid int) error {
	dirs := []string{g.Class}
	if g.Monitor != "" {
		dirs = append(dirs, g.Monitor) // only after the class that it is in
	}
	for _, dir := range dirs {
		if err := linux.WriteValues(filepath.Join(dir, "tasks"), strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("linux.intelRdt: %w%s", err, g.lastStatus())
		}
	}
	return nil
}

// Destroy removes what was made for this container alone. If that does not
// exist, it is not an error. Processes that are left move to the class above.
func (g *Group) Destroy() error { return g.destroy(unix.Rmdir) }

func (g *Group) destroy(rmdir func(string) error) error {
	var dirs []string
	if g.Monitor != "" {
		dirs = append(dirs, g.Monitor)
	}
	if g.Own {
		dirs = append(dirs, g.Class)
	}
	var errs []error
	for _, dir := range dirs {
		if err := rmdir(dir); err != nil && err != unix.ENOENT {
			errs = append(errs, fmt.Errorf("linux.intelRdt: rmdir %s: %w", dir, err))
		}
	}
	return errors.Join(errs...)
}

// lastStatus returns the kernel's own words on the last failure, in brackets,
// or "".
func (g *Group) lastStatus() string {
	content, err := os.ReadFile(filepath.Join(g.Root, "info", "last_cmd_status"))
	text := strings.TrimSpace(string(content))
	if err != nil || text == "" || text == "ok" {
		return ""
	}
	return " (kernel: " + text + ")"
}

// openForWriting opens a file of resctrl, which exists or the group does not.
func openForWriting(dir, name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
}
