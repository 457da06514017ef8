package libcontainer

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/plan"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Plan says what Create and Start would do for a bundle's container, and makes
// nothing. It may ask a user's service manager where its units are, and ctx bounds
// that.
func (s Store) Plan(ctx context.Context, cfg Config) (*plan.Plan, error) {
	src, err := s.planSource(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	src.Kind = plan.Start
	src.Options = compile.Options{
		Bundle: cfg.Bundle, WaitForStart: !cfg.OnlyHere, Keyring: cfg.keyring(), AwaitCgroup: src.Host.Cgroup.Scope != nil,
	}
	if src.Compiled, err = compile.Start(src.Spec, src.Host, src.Options); err != nil {
		return nil, err
	}
	if err := refuseHostSysctls(src.Spec); err != nil {
		src.Refused = append(src.Refused, err.Error())
	}
	_, src.Delayed = startResources(src.Spec)
	return plan.New(*src)
}

// PlanExec says what [Container.Exec] and Start would do for another process in the
// container of a bundle, if that were made by this process and ran. It makes
// nothing.
func (s Store) PlanExec(ctx context.Context, cfg Config, p *specs.Process) (*plan.Plan, error) {
	src, err := s.planSource(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	if src.Spec, err = withProcess(src.Spec, p); err != nil {
		return nil, err
	}
	src.Kind, src.Target = plan.Exec, plannedTarget(src.Spec, src.Shared)
	initial := src.Spec.Process.ExecCPUAffinity
	joins := initial != nil && initial.Initial != ""
	scope := src.Host.Cgroup.Scope
	asks := joins && scope != nil && scope.User
	src.Options = compile.Options{Bundle: cfg.Bundle, Keyring: cfg.keyring(), JoinCgroup: joins && !asks, AwaitCgroup: asks}
	if src.Compiled, err = compile.Exec(src.Spec, src.Host, src.Target, src.Options); err != nil {
		return nil, err
	}
	return plan.New(*src)
}

// planSource finds out what all plans depend on.
func (s Store) planSource(ctx context.Context, cfg *Config) (*plan.Source, error) {
	rootfs, err := cfg.checkSettings()
	if err != nil {
		return nil, err
	}
	effective := spec.Effective(cfg.Spec, surroundings(cfg.Spec))
	group, err := s.locateCgroup(ctx, effective, cfg.ID)
	if err != nil {
		return nil, err
	}
	host, err := cfg.host(group)
	if err != nil {
		return nil, err
	}
	src := &plan.Source{ID: cfg.ID, Spec: effective, Host: host, StateDir: filepath.Join(s.Root, cfg.ID), Shared: sharedNamespaces(effective)}
	for _, f := range rootfs {
		src.Refused = append(src.Refused, f.String())
	}
	if src.Host.OrdinaryUser && spec.FindNamespace(effective, specs.UserNamespace) < 0 {
		planForRoot(src)
	}
	src.Cgroups, err = previewLimits(group, effective)
	return src, err
}

// checkSettings is checkSpec for a configuration whose rootfs need not be there: what
// is wrong with that is returned.
func (cfg *Config) checkSettings() (rootfs spec.Faults, err error) {
	if !filepath.IsAbs(cfg.Bundle) || cfg.Text.IsOf(cfg.Spec) {
		return nil, cfg.checkSpec()
	}
	cfg.Spec, rootfs, err = spec.CheckSettings(cfg.Bundle, cfg.Spec)
	return rootfs, err
}

// sharedNamespaces returns the types of namespaces that the container is to join by a
// path, and in which this process is.
func sharedNamespaces(s *specs.Spec) map[specs.LinuxNamespaceType]bool {
	shared := map[specs.LinuxNamespaceType]bool{}
	if s.Linux == nil {
		return shared
	}
	for _, ns := range s.Linux.Namespaces {
		_, file, _ := spec.Namespace(ns.Type)
		if ns.Path != "" {
			same, err := linux.SameNamespace(ns.Path, "/proc/self/ns/"+file)
			shared[ns.Type] = err == nil && same
		}
	}
	return shared
}

// planForRoot plans a container that this process, which is an ordinary user's, could
// not make, as root would make it.
func planForRoot(src *plan.Source) {
	src.Host.OrdinaryUser = false
	src.Host.Available = 1<<(src.Host.LastCap+1) - 1
	src.Notes = append(src.Notes, "this is what root would do: an ordinary user needs a user namespace in linux.namespaces")
}

// previewLimits returns what is written to the cgroups, unless the container stays
// in those of this process.
func previewLimits(group *cgroup.Config, s *specs.Spec) (cgroup.Preview, error) {
	if group.Inherited {
		return cgroup.Preview{}, nil
	}
	return group.Preview(spec.Resources(s))
}

// plannedTarget returns what an exec would find of a container that this process
// has made.
func plannedTarget(s *specs.Spec, shared map[specs.LinuxNamespaceType]bool) compile.Target {
	t := compile.Target{ChangesRoot: !spec.NewNamespace(s, specs.MountNamespace)}
	if s.Linux == nil {
		return t
	}
	for _, ns := range s.Linux.Namespaces {
		if flag, _, _ := spec.Namespace(ns.Type); !shared[ns.Type] {
			t.Namespaces |= flag
		}
	}
	return t
}

// errNoFilter: there is no filter to plan.
var errNoFilter = errors.New("linux.seccomp: is missing, so there is no filter")

// PlanFilter compiles a configuration's seccomp filter, for this machine. It must have
// been checked, by [spec.Load] or [spec.Check].
func PlanFilter(s *specs.Spec) (*seccomp.Filter, error) {
	if s == nil || s.Linux == nil || s.Linux.Seccomp == nil {
		return nil, errNoFilter
	}
	return seccomp.New(s.Linux.Seccomp, runtime.GOARCH)
}

// ListFilter lists what that filter decides about each system call.
func ListFilter(s *specs.Spec) ([]seccomp.Listing, error) {
	if s == nil || s.Linux == nil || s.Linux.Seccomp == nil {
		return nil, errNoFilter
	}
	return seccomp.List(s.Linux.Seccomp, runtime.GOARCH)
}

// SupportedSeccompFlags returns the names of those flags of seccomp(2) that this
// kernel knows.
func SupportedSeccompFlags(names []string) []string { return seccomp.SupportedFlags(names) }
