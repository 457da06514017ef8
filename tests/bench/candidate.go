package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/oci-rt/rt/tests/stage"
)

// candidate is one of those that are compared.
type candidate struct {
	name   string
	path   string   // of its program
	args   []string // of a run of /bin/true
	root   string   // where a runtime keeps its state, "" for the floor
	bundle string
	id     string
	log    string // what its last command had to say
	size   int64  // of its program
}

//go:embed floor/floor.c
var floorSource []byte

// candidates returns those that this machine has, and says what is left out.
func (w *workplace) candidates(rt string) (list []*candidate, notes []string, err error) {
	if err := w.MakeRootfs(); err != nil {
		return nil, nil, err
	}
	if err := w.ownMounts(); err != nil {
		notes = append(notes, err.Error())
	}
	runtimes := []struct{ name, path string }{{"rt", rt}, {"crun", "crun"}, {"runc", "runc"}}
	for _, r := range runtimes {
		path, err := exec.LookPath(r.path)
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s is left out: %v", r.name, err))
			continue
		}
		c, err := w.newRuntime(r.name, path)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, c)
	}
	floors, err := w.newFloors()
	if err != nil {
		notes = append(notes, fmt.Sprintf("the C floor is left out: %v", err))
	}
	list = append(list, floors...)
	return w.working(list, notes)
}

// ownMounts arranges what the runtimes are to see.
func (w *workplace) ownMounts() error {
	if err := stage.OwnMounts(); err != nil {
		return err
	}
	return errors.Join(w.MountTmpfs("state"), w.HideControllers())
}

// working returns those of list that can run /bin/true here.
func (w *workplace) working(list []*candidate, notes []string) ([]*candidate, []string, error) {
	var good []*candidate
	for _, c := range list {
		if _, err := c.run(); err != nil {
			notes = append(notes, fmt.Sprintf("%s is left out: %v", c.name, err))
			continue
		}
		good = append(good, c)
	}
	if len(good) == 0 {
		return nil, nil, fmt.Errorf("nothing to measure: %v", notes)
	}
	return good, notes, nil
}

func (w *workplace) newRuntime(name, path string) (*candidate, error) {
	path, err := w.CopyProgram(path, "programs")
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	cgroup := "/" + w.Name() + "-" + name
	bundle, err := w.MakeBundle(name, cgroup, func(map[string]any) {})
	if err != nil {
		return nil, err
	}
	c := &candidate{name: name, path: path, size: info.Size()}
	c.root, c.bundle, c.id, c.log = w.Path("state", name), bundle, w.Name()+"-"+name, w.Path(name+".log")
	c.args = c.command("run", "--bundle", bundle, c.id)
	w.Undo(func() {
		exec.Command(c.path, c.command("delete", "--force", c.id)...).Run()
		w.Cgroups.Remove(cgroup)
	})
	return c, os.MkdirAll(c.root, 0o700)
}

// command returns the arguments of a command of a runtime.
func (c *candidate) command(args ...string) []string {
	return append([]string{"--root", c.root}, args...)
}

// newFloors compiles the C program that makes the same kernel calls, to be run
// without cgroups and with one in each hierarchy of the host.
func (w *workplace) newFloors() ([]*candidate, error) {
	source, program := w.Path("floor.c"), w.Path("floor")
	if err := os.WriteFile(source, floorSource, 0o644); err != nil {
		return nil, err
	}
	if out, err := exec.Command("cc", "-O2", "-static", "-o", program, source).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cc: %w: %.200s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		return nil, err
	}
	cgroup := "/" + w.Name() + "-floor"
	w.Undo(func() { w.Cgroups.Remove(cgroup) })
	bare := []string{w.Path("rootfs")}
	joining := append([]string{}, bare...)
	for _, mount := range w.Cgroups.All() {
		joining = append(joining, filepath.Join(mount, cgroup))
	}
	return []*candidate{
		{name: "C", path: program, args: bare, log: source + ".log", size: info.Size()},
		{name: "C+cgroup", path: program, args: joining, log: source + ".log", size: info.Size()},
	}, nil
}
