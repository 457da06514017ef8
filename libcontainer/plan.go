package libcontainer

import (
	"context"
	"errors"
	"runtime"

	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Plan compiles the program of a bundle's container and makes nothing. It may ask a
// user's service manager where its units are, and ctx bounds that.
func (s Store) Plan(ctx context.Context, cfg Config) (*program.Program, error) {
	if err := cfg.checkSpec(); err != nil {
		return nil, err
	}
	cfg.Spec = spec.Effective(cfg.Spec, surroundings(cfg.Spec))
	group, err := s.locateCgroup(ctx, cfg.Spec, cfg.ID)
	if err != nil {
		return nil, err
	}
	host, err := cfg.host(group)
	if err != nil {
		return nil, err
	}
	plan, err := compile.Start(cfg.Spec, host, compile.Options{
		Bundle: cfg.Bundle, WaitForStart: true, Keyring: cfg.keyring(), AwaitCgroup: group.Scope != nil,
	})
	if err != nil {
		return nil, err
	}
	return plan.Program, nil
}

// PlanFilter compiles a configuration's seccomp filter, for this machine. It must have
// been checked, by [spec.Load] or [spec.Check].
func PlanFilter(s *specs.Spec) (*seccomp.Filter, error) {
	if s == nil || s.Linux == nil || s.Linux.Seccomp == nil {
		return nil, errors.New("linux.seccomp: is missing, so there is no filter")
	}
	return seccomp.New(s.Linux.Seccomp, runtime.GOARCH)
}

// SupportedSeccompFlags returns the names of those flags of seccomp(2) that this
// kernel knows.
func SupportedSeccompFlags(names []string) []string { return seccomp.SupportedFlags(names) }
