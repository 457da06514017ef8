package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// openIDMaps adds to a program's inputs the user namespaces that the ids of
// mounts are mapped by, in the order of the inputs: see lift in package image.
// The caller closes them with the others.
func openIDMaps(order []program.Input, maps map[program.Input]mount.IDMap, inputs map[program.Input]*os.File) error {
	for _, name := range order {
		m, ok := maps[name]
		if !ok {
			continue
		}
		f, err := openIDMap(m)
		if errors.Is(err, unix.EMFILE) {
			err = fmt.Errorf("%w (each of the %d different mappings takes a descriptor: see ulimit -Hn)", err, len(maps))
		}
		if err != nil {
			return fmt.Errorf("user namespace for the ids of a mount: %w", err)
		}
		inputs[name] = f
	}
	return nil
}

func openIDMap(m mount.IDMap) (*os.File, error) {
	if m.Path != "" {
		return os.Open(m.Path)
	}
	return newUserNamespace(m)
}

// newUserNamespace makes a user namespace, which lives as long as the file. The
// kernel makes one for a process only, so there is one until the file is open.
func newUserNamespace(m mount.IDMap) (f *os.File, err error) {
	ours, theirs, err := socketpair()
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	defer theirs.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	prog, err := holdUntilEOF()
	if err != nil {
		return nil, err
	}
	l := image.Launch{
		Program: prog, Inputs: map[program.Input]*os.File{inputSync: theirs},
		Stdio: [3]*os.File{null, null, null}, Cloneflags: unix.CLONE_NEWUSER,
	}
	proc, err := l.Start()
	if err != nil {
		return nil, err
	}
	h := launched{pid: proc.Pid, proc: proc, sync: ours}
	defer func() { h.kill(); err = errors.Join(err, proc.Close()) }()
	if err := mapIDs(proc.Pid, &specs.Linux{UIDMappings: m.UIDs, GIDMappings: m.GIDs}); err != nil {
		return nil, err
	}
	return os.Open("/proc/" + strconv.Itoa(proc.Pid) + "/ns/user")
}

// holdUntilEOF is the program of a process that is there for its namespaces. It
// ends with its creator.
func holdUntilEOF() (*program.Program, error) {
	b := program.NewBuilder(inputSync)
	b.Doing("hold a user namespace")
	b.Read(program.ReportSlot.Arg(), b.Buffer(1), 1).Retry()
	b.ExitGroup(0)
	return b.Program()
}
