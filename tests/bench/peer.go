package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oci-rt/rt/tests/stage"
)

// workplace is the stage that the runtimes are compared on.
type workplace struct {
	*stage.Stage
	o      options
	peers  []*peer // the first one is compared with the others
	floors []*peer // the C program, which only runs /bin/true
	notes  []string
}

// peer is a runtime, or a C program that does what one does.
type peer struct {
	name string
	path string
	root string // where it keeps its state
	args []string
	log  string // what its last command had to say
	// under is a command line that commands are run under, or nil.
	under []string
	size  int64 // of its program
}

//go:embed floor/floor.c
var floorSource []byte

// prepare makes the stage and finds the peers that this machine has.
func (w *workplace) prepare() error {
	if err := w.MakeRootfs(); err != nil {
		return err
	}
	// A user namespace's root is not this one, and has to reach the root file system.
	if err := os.Chmod(w.Path(), 0o711); err != nil {
		return err
	}
	if err := w.ownMounts(); err != nil {
		w.note("%v", err)
	}
	names := map[string]bool{}
	for _, program := range append([]string{w.o.rt}, w.o.peers...) {
		if program == "" {
			continue
		}
		p, err := w.newPeer(program, names)
		if err != nil {
			w.note("%s is left out: %v", program, err)
			continue
		}
		w.peers = append(w.peers, p)
	}
	if len(w.peers) == 0 {
		return fmt.Errorf("nothing to measure: %s", strings.Join(w.notes, "; "))
	}
	if err := w.newFloors(); err != nil {
		w.note("the C program is left out: %v", err)
	}
	return nil
}

func (w *workplace) note(format string, args ...any) {
	say(format, args...)
	note, _, _ := strings.Cut(fmt.Sprintf(format, args...), " (/") // no file of this bench
	w.notes = append(w.notes, strings.TrimRight(note, ": "))
}

// ownMounts arranges what the runtimes are to see, if that is nobody else's business.
func (w *workplace) ownMounts() error {
	if !stage.HasOwnMounts() {
		return nil
	}
	return errors.Join(w.MountTmpfs("state"), w.HideControllers())
}

// newPeer copies a runtime. Its name is the program's, with a number if there are
// several of that name.
func (w *workplace) newPeer(program string, names map[string]bool) (*peer, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	for i := 2; names[name]; i++ {
		name = fmt.Sprint(filepath.Base(path), i)
	}
	names[name] = true
	if path, err = w.CopyProgram(path, filepath.Join("programs", name)); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p := &peer{name: name, path: path, size: info.Size(), root: w.Path("state", name), log: w.Path(name + ".log")}
	return p, os.MkdirAll(p.root, 0o700)
}

// newFloors compiles the C program that makes the same kernel calls, with a cgroup
// in each hierarchy of the host.
func (w *workplace) newFloors() error {
	source, program := w.Path("floor.c"), w.Path("floor")
	if err := os.WriteFile(source, floorSource, 0o644); err != nil {
		return err
	}
	if out, err := exec.Command("cc", "-O2", "-static", "-o", program, source).CombinedOutput(); err != nil {
		return fmt.Errorf("cc: %w: %.200s", err, out)
	}
	cgroup := "/" + w.Name() + "-floor"
	w.Undo(func() { w.Cgroups.Remove(cgroup) })
	args := []string{w.Path("rootfs")}
	for _, mount := range w.Cgroups.All() {
		args = append(args, filepath.Join(mount, cgroup))
	}
	w.floors = []*peer{{name: "C", path: program, args: args, log: source + ".log"}}
	return nil
}

// version is what a runtime says of itself.
func (p *peer) version() string {
	out, err := exec.Command(p.path, "--version").Output()
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(bytes.TrimSpace(out)), "\n")
	for _, line := range lines { // rt's first line names runc
		if strings.HasPrefix(line, "rt version ") {
			return line
		}
	}
	return lines[0]
}

// command is a command of the runtime.
func (p *peer) command(args ...string) *exec.Cmd {
	if p.root != "" {
		args = append([]string{"--root", p.root}, args...)
	}
	line := append(append(slices.Clone(p.under), p.path), args...)
	return exec.Command(line[0], line[1:]...)
}

// do runs a command of the runtime and measures it.
func (p *peer) do(args ...string) (sample, error) { return p.time(p.command(args...)) }

// time runs a command and measures it.
func (p *peer) time(cmd *exec.Cmd) (sample, error) {
	// A file, unlike a pipe, needs nobody to read it and no end to wait for.
	log, err := os.Create(p.log)
	if err != nil {
		return sample{}, err
	}
	defer log.Close()
	cmd.Stderr = log
	s, err := timed(cmd)
	if err != nil {
		text, _ := os.ReadFile(p.log)
		return s, fmt.Errorf("%w: %.200s", err, lastLine(text))
	}
	return s, nil
}

// logged is the peer with another file for what its commands have to say, so that several
// can run at once.
func (p *peer) logged(file string) *peer {
	q := *p
	q.log = file
	return &q
}

// lastLine is the end of a message, which says why.
func lastLine(text []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return lines[len(lines)-1]
}

// delete deletes a container, whatever has become of it.
func (p *peer) delete(id string) { _ = p.command("delete", "--force", id).Run() }
