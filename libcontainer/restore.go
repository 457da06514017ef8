package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/criu"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/netdevice"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// RestoreConfig says what container to make of a checkpoint.
type RestoreConfig struct {
	Config
	Checkpoint
	LSMProfile      string // the AppArmor profile or SELinux label to have instead, or ""
	LSMMountContext string // the mounts' SELinux context to have instead, or ""
}

// Restore makes a container whose processes are those of a checkpoint. Its
// first process is a child of the calling process, which should Wait for it or
// Detach.
func (s Store) Restore(cfg RestoreConfig, keep bool) (*Foreground, error) {
	if cfg.NoPivot {
		return nil, errors.New("--no-pivot: restore does not know it, as CRIU changes the root by pivot_root(2)")
	}
	cr, err := criu.Find()
	if err != nil {
		return nil, err
	}
	if err := checkpointable(cfg.Spec); err != nil {
		return nil, err
	}
	b, err := s.begin(cfg.Config, false)
	if err != nil {
		return nil, err
	}
	f, err := b.restore(cr, &cfg, keep)
	if err != nil {
		return nil, b.abort(err)
	}
	return f, nil
}

// restore makes everything that a new container has but its processes, and has
// CRIU make these:
//
//  1. make the cgroup, and the group in resctrl, and write down that what is in
//     there from now on is this container's;
//  2. make the mount points;
//  3. start CRIU, in the cgroup;
//  4. in the new namespaces, before there is a process, run the hooks that
//     expect that;
//  5. write down the first process's pid before it runs;
//  6. pass its terminal on.
func (b *birth) restore(cr *criu.CRIU, cfg *RestoreConfig, keep bool) (*Foreground, error) {
	if err := b.handover.dial(cfg.Sockets); err != nil {
		return nil, err
	}
	r, closeFiles, err := b.restoreRequest(cfg)
	if err != nil {
		return nil, err
	}
	defer closeFiles()
	if err := b.makeCgroup(); err != nil {
		return nil, err
	}
	if err := b.createRdt(); err != nil {
		return nil, err
	}
	if err := b.entry.save(b.state); err != nil {
		return nil, err
	}
	if err := b.makeMountPoints(cfg.LSMProfile); err != nil {
		return nil, err
	}
	if err := cr.Run(r); err != nil {
		return nil, err
	}
	if b.init == nil {
		return nil, errors.New("criu has restored no process")
	}
	b.state.Phase = phaseRunning
	if err := b.entry.save(b.state); err != nil {
		return nil, err
	}
	return b.foreground(keep)
}

// restoreRequest returns what to ask CRIU for, and what closes the files in
// there.
func (b *birth) restoreRequest(cfg *RestoreConfig) (*criu.Request, func(), error) {
	r := &criu.Request{
		Options:         cfg.Options,
		Kind:            criu.Restore,
		Stdin:           cfg.Stdio[0],
		Root:            b.state.Rootfs,
		Place:           b.criuPlace(),
		Cgroups:         cgroup.Roots(),
		Readonly:        cfg.Spec.Root.Readonly,
		LSMProfile:      cfg.LSMProfile,
		LSMMountContext: cfg.LSMMountContext,
		Keyring:         b.state.Keyring,
		Started:         b.adoptCRIU,
		Notify:          b.restoreStep,
	}
	r.ConfigFile = spec.CRIUConfig(cfg.Spec.Annotations)
	closeDirs, err := openDirs(r, &cfg.Checkpoint)
	if err != nil {
		return nil, nil, err
	}
	closeNamespaces, err := b.describeReplacements(r, cfg)
	closeFiles := func() {
		closeDirs()
		closeNamespaces()
	}
	if err != nil {
		closeFiles()
		return nil, nil, err
	}
	return r, closeFiles, nil
}

// describeReplacements tells CRIU what takes the place of what was outside when
// the container was saved.
func (b *birth) describeReplacements(r *criu.Request, cfg *RestoreConfig) (closeNamespaces func(), err error) {
	var opened []*os.File
	closeNamespaces = func() {
		for _, f := range opened {
			f.Close()
		}
	}
	if _, err := b.entry.makeNotifyDir(); err != nil { // nothing tells if it was saved with such a mount
		return closeNamespaces, err
	}
	list, err := b.outsideMounts(cfg.Spec)
	if err != nil {
		return closeNamespaces, err
	}
	r.Mounts = append(r.Mounts, criu.Mount{Key: devNull, Value: devNull})
	for _, m := range list {
		if m.destination != devNull {
			r.Mounts = append(r.Mounts, criu.Mount{Key: m.destination, Value: m.source})
		}
	}
	for _, ns := range outsideNamespaces(cfg.Spec) {
		f, err := os.Open(ns.path)
		if err != nil {
			return closeNamespaces, fmt.Errorf("linux.namespaces: %w", err)
		}
		opened = append(opened, f)
		r.Descriptors = append(r.Descriptors, criu.Descriptor{Key: ns.key, File: f})
	}
	r.Namespaces = joinedNamespaces(cfg.Spec)
	names, err := savedStreams(cfg.Images)
	r.Descriptors = append(r.Descriptors, inheritedStreams(names, cfg.Stdio)...)
	return closeNamespaces, err
}

// joinedNamespaces returns the namespaces that CRIU enters by path instead of
// making one.
func joinedNamespaces(s *specs.Spec) []criu.Namespace {
	var list []criu.Namespace
	for _, ns := range s.Linux.Namespaces {
		switch ns.Type {
		case specs.UTSNamespace, specs.IPCNamespace, specs.TimeNamespace, specs.UserNamespace:
			if ns.Path != "" {
				list = append(list, criu.Namespace{Type: string(ns.Type), Path: ns.Path})
			}
		}
	}
	return list
}

// adoptCRIU puts CRIU's process into the container's cgroups, which the
// processes inherit that it makes, and returns the paths for those that it moves.
func (b *birth) adoptCRIU(pid int) (map[string]string, error) {
	if b.state.Cgroup.Scope != nil {
		if err := b.startScope(pid); err != nil {
			return nil, err
		}
		if err := b.entry.save(b.state); err != nil {
			return nil, err
		}
	}
	if !b.state.Cgroup.Inherited {
		if err := b.state.Cgroup.Add(pid); err != nil {
			return nil, err
		}
	}
	if err := b.joinRdt(pid); err != nil {
		return nil, err
	}
	return cgroupsOf(pid)
}

// cgroupsOf returns the cgroups of a process by their controllers, as CRIU names
// them.
func cgroupsOf(pid int) (map[string]string, error) {
	data, err := readFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for line := range strings.Lines(string(data)) {
		// number:controllers:path (cgroups(7))
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		if controllers, path, ok := strings.Cut(rest, ":"); ok {
			paths[controllers] = path
		}
	}
	return paths, nil
}

// restoreStep does what is this process's to do on CRIU's way.
func (b *birth) restoreStep(n criu.Notification) error {
	switch n.Step {
	case criu.SetupNamespaces:
		return b.setUpNamespaces(n.Pid)
	case criu.PostRestore:
		b.init = &launched{pid: n.Pid, proc: &image.Process{}}
		if err := b.identifyInit(); err != nil {
			return err
		}
		return b.entry.save(b.state) // it is not running yet
	case criu.OrphanTerminal:
		return b.takeTerminal(message{files: n.Take()})
	}
	return nil
}

// setUpNamespaces does in the new namespaces what needs no process in there.
// Which hooks that are is as under runc.
func (b *birth) setUpNamespaces(pid int) error {
	if ownNamespace(b.cfg.Spec, specs.NetworkNamespace) {
		// It is empty, and connections to itself are saved.
		if err := netdevice.LoopbackUp(pid); err != nil {
			return err
		}
	}
	b.environment = true
	for _, stage := range []spec.HookStage{spec.Prestart, spec.CreateRuntime} {
		if err := b.runHooks(stage, Creating, pid); err != nil {
			return err
		}
	}
	return nil
}
