package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// RestoreOptions say how to restore a container.
type RestoreOptions struct {
	Images
	LSMProfile      string // the AppArmor profile or SELinux label to have instead, or ""
	LSMMountContext string // the mounts' SELinux context to have instead, or ""
}

// Restore is a container to restore. The function of a step is called when CRIU
// reaches that step. If the function fails, CRIU gives up and undoes what it
// did.
type Restore struct {
	Container
	RestoreOptions
	// Stdio takes the places of the streams that were saved. Prepare makes it what the
	// container has of it.
	Stdio [3]*os.File
	// Debug is told what CRIU has come to. It may be nil.
	Debug func(format string, args ...any)
	// Keyring is the name of the session keyring that the processes get, or "".
	Keyring string

	// Started is called when CRIU's process is there and before it does
	// anything. The processes that it restores begin in its cgroups.
	Started func(pid int) error
	// Namespaces are there, and nothing is in them yet but the process.
	Namespaces func(pid int) error
	// Restored: the processes are there and wait. The first one has this pid and
	// is a child of the calling process, which has to end and to reap it should
	// the restore fail after that.
	Restored func(pid int) error
	// Terminal gets the other end of a terminal of the container's own.
	Terminal func(*os.File) error
}

// Restoration is a restore that can begin: the images and the replacements for
// things outside are open.
type Restoration struct {
	*Restore
	criu     *CRIU
	request  *request
	close    []func()
	restored bool
}

// Prepare opens what a restore needs, so that missing files are reported before
// anything is made.
func (c *CRIU) Prepare(m *Restore) (*Restoration, error) {
	r, closeDirs, err := m.Container.request(kindRestore, &m.Images)
	if err != nil {
		return nil, err
	}
	r.Stdin, r.Keyring, r.Readonly = m.Stdio[0], m.Keyring, m.Spec.Root.Readonly
	r.Debug = m.Debug
	r.LSMProfile, r.LSMMountContext = m.LSMProfile, m.LSMMountContext
	closeOpened, err := m.describeReplacements(r)
	p := &Restoration{Restore: m, criu: c, request: r, close: []func(){closeDirs, closeOpened}}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close closes what Prepare opened.
func (p *Restoration) Close() {
	for _, f := range p.close {
		f()
	}
}

// Run has CRIU create the processes of the checkpoint.
func (p *Restoration) Run(ctx context.Context) error {
	p.request.Started = func(pid int) (map[string]string, error) {
		if err := p.Started(pid); err != nil {
			return nil, err
		}
		return cgroupsOf(pid)
	}
	p.request.Notify = p.step
	if err := p.criu.run(ctx, p.request); err != nil {
		return err
	}
	if !p.restored {
		return errors.New("criu restored no process")
	}
	return nil
}

// step does what is the caller's to do on CRIU's way.
func (p *Restoration) step(n notification) error {
	switch n.Step {
	case stepNamespaces:
		return p.Namespaces(n.Pid)
	case stepRestored:
		p.restored = true
		return p.Restored(n.Pid)
	case stepTerminal:
		return p.takeTerminal(n)
	}
	return nil
}

func (p *Restoration) takeTerminal(n notification) error {
	if len(n.Files) != 1 {
		return fmt.Errorf("criu sent %d descriptors for a terminal (want 1)", len(n.Files))
	}
	return p.Terminal(n.take()[0])
}

// describeReplacements tells CRIU what takes the place of what was outside when
// the container was saved.
func (m *Restore) describeReplacements(r *request) (closeOpened func(), err error) {
	var opened []*os.File
	closeOpened = func() {
		for _, f := range opened {
			f.Close()
		}
	}
	r.Mounts = append(r.Mounts, mapping{Key: devNull, Value: devNull})
	for _, o := range m.ExternalMounts {
		if o.Destination != devNull {
			r.Mounts = append(r.Mounts, mapping{Key: o.Destination, Value: o.Source})
		}
	}
	for _, ns := range externalNamespaces(m.Spec) {
		f, err := os.Open(ns.path)
		if err != nil {
			return closeOpened, fmt.Errorf("linux.namespaces: %w", err)
		}
		opened = append(opened, f)
		r.Descriptors = append(r.Descriptors, descriptor{Key: ns.key, File: f})
	}
	r.Namespaces = joinedNamespaces(m.Spec)
	names, err := savedStreams(m.Images.Dir)
	if err != nil {
		return closeOpened, err
	}
	null, err := os.OpenFile(devNull, os.O_RDWR, 0)
	if err != nil {
		return closeOpened, err
	}
	opened = append(opened, null)
	streams, has := inheritedStreams(names, m.Stdio, null)
	r.Descriptors = append(r.Descriptors, streams...)
	m.Stdio = has
	return closeOpened, nil
}

// joinedNamespaces returns the namespaces that CRIU enters by path instead of
// making one.
func joinedNamespaces(s *specs.Spec) []joined {
	var list []joined
	for _, ns := range s.Linux.Namespaces {
		switch ns.Type {
		case specs.UTSNamespace, specs.IPCNamespace, specs.TimeNamespace, specs.UserNamespace:
			if ns.Path != "" {
				list = append(list, joined{Type: string(ns.Type), Path: ns.Path})
			}
		}
	}
	return list
}

// cgroupsOf returns the cgroups of a process by their controllers, as CRIU names
// them.
func cgroupsOf(pid int) (map[string]string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
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
