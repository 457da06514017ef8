package libcontainer

import (
	"errors"
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/device"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// CompileMountPoints returns a program that makes the mount points of a
// container in its rootfs and nothing that lasts besides: it mounts what the
// container has, in namespaces that end with it. As [Compile] it asks the
// system for nothing.
//
// CRIU wants them to be there, and a container that is restored may have a
// rootfs in which it never was.
func CompileMountPoints(s *specs.Spec, host Host, o Options) (*program.Program, layout, error) {
	c := newCompiler(s, host, o)
	c.layout.wantsHome, c.layout.sendsRoot = false, false
	b := c.Builder

	// Before anything can fail.
	b.ShareProgress()
	c.moreDescriptors()

	// Outside.
	process.ResetSignals(b)
	c.clearUmask()
	proc := c.hostProc(len(c.linux.TimeOffsets) > 0)
	root := c.root()
	c.openSources(root)
	c.enterNamespaces(proc)
	c.labels(proc) // CRIU would wait for ever if the kernel had no such profile

	// The root file system.
	root.Begin()
	c.mounts(root)
	device.Create(b, root.Dir, s, c.howDevices())
	root.Pivot() // and lay out how the init is helped
	c.layout.requests = root.Requests()

	// The creator ends it.
	c.ready()
	b.ExitGroup(0)

	p, err := b.Program()
	return p, c.layout, errors.Join(c.err, err)
}

// makeMountPoints runs that program. lsm is what the processes are to be labelled
// with, "apparmor:NAME" or "selinux:LABEL", or "" for what is configured.
func (b *birth) makeMountPoints(lsm string) error {
	s := withoutCgroups(b.cfg.Spec)
	s.Process = labelled(s.Process, lsm)
	st := *b.state
	st.Cgroup = &cgroup.Config{Inherited: true} // what is in there, CRIU may kill
	run := &birth{cfg: b.cfg}
	run.cfg.Spec, run.cfg.Files = s, nil
	run.Container = &Container{store: b.store, dir: b.dir, spec: s, state: &st}
	run.process = s.Process
	host, err := b.cfg.host(st.Cgroup)
	if err != nil {
		return err
	}
	run.prog, run.layout, err = CompileMountPoints(s, host, Options{Bundle: b.cfg.Bundle})
	if err != nil {
		return err
	}
	if err := run.launch(); err != nil {
		return err
	}
	defer run.init.close()
	defer run.init.kill()
	return run.awaitReady()
}

// labelled returns a process with another label, if there is one.
func labelled(p *specs.Process, lsm string) *specs.Process {
	module, label, ok := strings.Cut(lsm, ":")
	if !ok {
		return p
	}
	p = new(*p)
	switch module {
	case "apparmor":
		p.ApparmorProfile = label
	case "selinux":
		p.SelinuxLabel = label
	}
	return p
}

// withoutCgroups returns a configuration without what is about cgroups, and
// without hooks and devices that only the container is to have. Mount points of
// cgroups are in file systems that CRIU restores.
func withoutCgroups(s *specs.Spec) *specs.Spec {
	s, linux := new(*s), new(*s.Linux)
	s.Hooks = nil
	s.Mounts = slices.DeleteFunc(slices.Clone(s.Mounts), func(m specs.Mount) bool {
		return m.Type == "cgroup" || m.Type == "cgroup2"
	})
	linux.Namespaces = slices.DeleteFunc(slices.Clone(linux.Namespaces), func(ns specs.LinuxNamespace) bool {
		return ns.Type == specs.CgroupNamespace
	})
	linux.NetDevices = nil
	s.Linux = linux
	return s
}
