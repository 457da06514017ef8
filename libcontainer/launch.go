package libcontainer

import (
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// compile makes the program of a new container's init.
func (b *newContainer) compile() error {
	host, err := b.cfg.host(b.state.Cgroup)
	if err != nil {
		return err
	}
	b.plan, err = compile.Start(b.cfg.Spec, host, compile.Options{
		Bundle:       b.cfg.Bundle,
		WaitForStart: !b.cfg.OnlyHere,
		JoinCgroup:   b.joinsCgroup,
		Keyring:      b.state.Keyring,
		AwaitCgroup:  b.awaitsCgroup(),
		Files:        len(b.cfg.Files),

		ShowsTerminal: b.cfg.ShowsTerminal,
		Record:        b.cfg.recording(),
	})
	if b.cfg.tamper != nil && err == nil {
		b.cfg.tamper(b.plan.Program)
	}
	return err
}

// awaitsCgroup reports whether systemd has to bring the init into its cgroup.
func (b *newContainer) awaitsCgroup() bool { return b.state.Cgroup.Scope != nil }

// launch starts the program with what it needs besides the connection.
func (b *newContainer) launch() error {
	inputs, err := b.openInputs()
	defer closeInputs(inputs)
	if err != nil {
		return err
	}
	inputs = withFiles(inputs, b.cfg.Files)
	b.session, err = b.startImage(inputs)
	return err
}

// openInputs opens the socket that start connects to, if the init is to wait for
// start, and the user namespaces that map the ids of mounts.
func (b *newContainer) openInputs() (map[program.Input]*os.File, error) {
	inputs := map[program.Input]*os.File{}
	if !b.cfg.OnlyHere {
		start, err := b.dir.ListenForStart()
		if err != nil {
			return inputs, err
		}
		inputs[compile.InputStart] = start
	}
	return inputs, creator.OpenIDMaps(b.plan, inputs)
}

// withFiles returns a program's inputs and the process's descriptors, which belong
// to the caller.
func withFiles(inputs map[program.Input]*os.File, files []*os.File) map[program.Input]*os.File {
	if len(files) == 0 {
		return inputs
	}
	all := maps.Clone(inputs)
	for i, f := range files {
		all[compile.InputFile(i)] = f
	}
	return all
}

// closeInputs closes the inputs, of which the started program has copies.
func closeInputs(inputs map[program.Input]*os.File) {
	for _, f := range inputs {
		f.Close()
	}
}

// startImage starts the compiled program. If the kernel refuses to start the init in
// its cgroup (for example because the cgroup has controllers for its children), the
// init goes there by itself.
func (b *newContainer) startImage(inputs map[program.Input]*os.File) (*creator.Session, error) {
	s, err := b.startInCgroup(inputs)
	if errors.Is(err, image.ErrCgroupClone) {
		b.store.debugf("the kernel does not start a process in the cgroup, so the init process has to go there: %v", err)
		b.joinsCgroup = true
		if err := b.compile(); err != nil {
			return nil, err
		}
		s, err = b.startIn(nil, inputs)
	}
	if err != nil {
		return nil, b.explainClone(err)
	}
	return s, nil
}

// explainClone adds why an ordinary user may not make namespaces, if that is so.
func (b *newContainer) explainClone(err error) error {
	if !errors.Is(err, unix.EPERM) || os.Geteuid() == 0 || spec.NewNamespace(b.cfg.Spec, specs.UserNamespace) {
		return err
	}
	return fmt.Errorf("%w (%w)", err, ErrNeedsUserNamespace)
}

func (b *newContainer) startInCgroup(inputs map[program.Input]*os.File) (*creator.Session, error) {
	if b.joinsCgroup || b.awaitsCgroup() {
		return b.startIn(nil, inputs)
	}
	dir, err := b.state.Cgroup.Dir()
	if err != nil {
		return nil, err
	}
	if dir != nil {
		defer dir.Close()
	}
	return b.startIn(dir, inputs)
}

func (b *newContainer) startIn(cgroup *os.File, inputs map[program.Input]*os.File) (*creator.Session, error) {
	return creator.Start(creator.Launch{
		Plan:        b.plan,
		Process:     b.cfg.Spec.Process,
		Inputs:      inputs,
		Stdio:       b.cfg.Stdio,
		Cgroup:      cgroup,
		ExplainKill: b.explainKill,
		Look:        b.look,
		Debug:       b.store.Debug,
		Trace:       b.cfg.Trace,
	})
}

// startedInCgroup reports whether the init has been in the container's cgroup of
// the unified hierarchy from the beginning.
func (b *newContainer) startedInCgroup() bool {
	return !b.joinsCgroup && !b.awaitsCgroup() && b.state.Cgroup.CanCloneInto()
}
