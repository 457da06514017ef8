package libcontainer

import (
	"context"

	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/libcontainer/survey"
	"github.com/oci-rt/rt/spec"
)

// Check returns what is wrong with the configuration of a bundle, and what is
// questionable, the worst first. bundle is absolute. If onHost is set, it also looks
// at this host and, unless e has no Spec, at what of it the configuration needs. It
// changes nothing and executes nothing. It may ask a user's service manager where its
// units are, and ctx bounds that.
func (s Store) Check(ctx context.Context, bundle string, e *spec.Examined, onHost bool) []check.Finding {
	if !onHost || e.Spec == nil {
		return check.Check(e, nil)
	}
	subject := survey.Subject{Bundle: bundle, Examined: e, Runtime: gatherFacts(), Rootless: s.Rootless.Is()}
	// The id stands for that of any container.
	subject.Cgroup, subject.CgroupFault = s.locateCgroup(ctx, e.Spec, "check")
	if err := refuseOldKernel(); err != nil {
		subject.Trouble = err.Error()
	}
	return check.Check(e, survey.Gather(&subject))
}
