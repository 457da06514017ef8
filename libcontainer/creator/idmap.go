package creator

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// OpenIDMaps adds to inputs the user namespaces for the mapped ids of mounts,
// in the order of the program's inputs: see lift in package image. The caller
// closes them with the others.
func OpenIDMaps(plan *compile.Plan, inputs map[program.Input]*os.File) error {
	for _, name := range plan.Program.Inputs {
		m, ok := plan.IDMaps[name]
		if !ok {
			continue
		}
		f, err := openIDMap(m)
		if errors.Is(err, unix.EMFILE) {
			err = fmt.Errorf("%w (each of the %d different mappings takes a descriptor: see ulimit -Hn)", err, len(plan.IDMaps))
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
	return newUserNamespace(m, false)
}

// NewUserNamespace makes a user namespace that maps one id to another, to see whether that
// is possible and what can be done with it.
func NewUserNamespace(uid, gid specs.LinuxIDMapping) (*os.File, error) {
	m := mount.IDMap{UIDs: []specs.LinuxIDMapping{uid}, GIDs: []specs.LinuxIDMapping{gid}}
	return newUserNamespace(m, os.Geteuid() != 0) // an ordinary user writes the map of a dumpable process only
}

// newUserNamespace makes a user namespace, which lives as long as the file. The
// kernel makes a user namespace for a process only, so there is a process until
// the file is open.
func newUserNamespace(m mount.IDMap, dumpable bool) (*os.File, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	prog, err := holdUntilEOF()
	if err != nil {
		return nil, err
	}
	plan := &compile.Plan{Program: prog, Cloneflags: unix.CLONE_NEWUSER, Dumpable: dumpable}
	holder, err := Start(Launch{Plan: plan, Stdio: [3]*os.File{null, null, null}})
	if err != nil {
		return nil, err
	}
	defer holder.Close()
	defer holder.Kill()
	if err := MapIDs(holder.pid, &specs.Linux{UIDMappings: m.UIDs, GIDMappings: m.GIDs}); err != nil {
		return nil, err
	}
	return os.Open("/proc/" + strconv.Itoa(holder.pid) + "/ns/user")
}

// holdUntilEOF is the program of a process that exists for its namespaces only.
// It ends with its creator.
func holdUntilEOF() (*program.Program, error) {
	b := program.NewBuilder(compile.InputSync)
	b.Doing("hold a user namespace")
	b.Read(program.ReportSlot.Arg(), b.Buffer(1), 1).Retry()
	b.ExitGroup(0)
	return b.Program()
}
