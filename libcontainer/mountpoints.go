package libcontainer

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// makeMountPoints makes the mount points of a container that is restored: see
// [compile.MountPoints]. lsm is the label that the processes are to get,
// "apparmor:NAME" or "selinux:LABEL", or "" for the configured one.
func (b *newContainer) makeMountPoints(lsm string) error {
	s := withoutCgroups(b.cfg.Spec)
	s.Process = labelled(s.Process, lsm)
	st := *b.state
	st.Cgroup = &cgroup.Config{Inherited: true} // CRIU may kill the processes of the real ones
	run := &newContainer{cfg: b.cfg}
	run.cfg.Spec, run.cfg.Files = s, nil
	run.Container = &Container{store: b.store, dir: b.dir, spec: s, state: &st}
	host, err := b.cfg.host(st.Cgroup)
	if err != nil {
		return err
	}
	run.plan, err = compile.MountPoints(s, host, compile.Options{Bundle: b.cfg.Bundle})
	if err != nil {
		return err
	}
	if err := run.launch(); err != nil {
		return err
	}
	defer run.session.Close()
	defer run.session.Kill()
	return run.session.Serve(run.answer)
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

// withoutCgroups returns a configuration without its settings for cgroups, and
// without the hooks and devices that only the container is to have. Mount
// points of cgroups are in file systems that CRIU restores.
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
