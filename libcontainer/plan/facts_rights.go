package plan

import (
	"fmt"
	"strings"

	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// mighty says what a capability allows that engines do not grant to every container,
// or "". What is about networks is about the container's own, if it has one.
func (f *facts) mighty(name string) string {
	if name == "CAP_NET_ADMIN" && !f.shares(specs.NetworkNamespace) {
		return ""
	}
	return f.unless(check.CapabilityAllows(name))
}

// capabilities adds each capability that the process has in some set, as far as it
// can be granted.
func (f *facts) capabilities() {
	available := f.Host.Available
	if f.ownUser() {
		available = 1<<(f.Host.LastCap+1) - 1
	}
	caps, _ := process.NewCapabilities(f.Spec.Process.Capabilities, available)
	for bit, name := range spec.Capabilities() {
		sets := setsOf(&caps, uint(bit))
		if sets == "" {
			continue
		}
		fact := f.add(Capabilities, name, sets, "process.capabilities")
		fact.Risk = f.mighty(name)
	}
}

// setsOf returns the names of the sets that a capability is in.
func setsOf(c *process.Capabilities, bit uint) string {
	var in []string
	for _, set := range []struct {
		name string
		mask uint64
	}{
		{"effective", c.Effective}, {"permitted", c.Permitted}, {"bounding", c.Bounding}, {"inheritable", c.Inheritable}, {"ambient", c.Ambient},
	} {
		if set.mask>>bit&1 == 1 {
			in = append(in, set.name)
		}
	}
	return strings.Join(in, ", ")
}

// confinement adds no_new_privs and the security modules.
func (f *facts) confinement() {
	p := f.Spec.Process
	f.add(Confinement, "no_new_privs", yes(p.NoNewPrivileges), "process.noNewPrivileges")
	apparmor := f.add(Confinement, "AppArmor", orNone(p.ApparmorProfile), "process.apparmorProfile")
	if p.ApparmorProfile == "unconfined" {
		apparmor.Risk = "AppArmor does not confine it"
	}
	f.add(Confinement, "SELinux", orNone(p.SelinuxLabel), "process.selinuxLabel")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// seccomp adds what the filter amounts to, and its decision on each call.
func (f *facts) seccomp() error {
	all, err := listing(f.Source)
	if err != nil {
		return err
	}
	if all == nil {
		f.add(Confinement, "seccomp", "none, all system calls are allowed", "linux.seccomp")
		return nil
	}
	f.add(Confinement, "seccomp", filterText(all), "linux.seccomp")
	s := f.linux.Seccomp
	if spec.AsksAgent(s) {
		path, agent := spec.SeccompAgent(f.Spec)
		f.add(Confinement, "seccomp agent", agent, path)
		if s.ListenerMetadata != "" {
			f.add(Confinement, "seccomp metadata", s.ListenerMetadata, "linux.seccomp.listenerMetadata")
		}
	}
	if len(s.Flags) > 0 {
		f.add(Confinement, "seccomp flags", joinFlags(s.Flags), "linux.seccomp.flags")
	}
	for i := range all {
		f.decisions(&all[i])
	}
	return nil
}

// filterText sums a filter up.
func filterText(all []seccomp.Listing) string {
	text := "default " + all[0].Default
	for i := range all {
		l := &all[i]
		allowed, conditional := Count(l)
		text += fmt.Sprintf("; %s: %d of %d calls allowed", strings.TrimPrefix(string(l.Arch), "SCMP_ARCH_"), allowed, len(l.Calls))
		if conditional > 0 {
			text += fmt.Sprintf(", %d more by their arguments", conditional)
		}
	}
	return text
}

// Count returns how many calls a filter permits, and how many more under
// conditions.
func Count(l *seccomp.Listing) (allowed, conditional int) {
	for i := range l.Calls {
		switch c := &l.Calls[i]; {
		case c.Permits():
			allowed++
		case permitsSome(c):
			conditional++
		}
	}
	return allowed, conditional
}

func permitsSome(c *seccomp.CallListing) bool {
	for i := range c.Rules {
		if c.Rules[i].Permits() {
			return true
		}
	}
	return false
}

// decisions adds the decision on each call, for [Compare].
func (f *facts) decisions(l *seccomp.Listing) {
	arch := strings.TrimPrefix(string(l.Arch), "SCMP_ARCH_")
	path := "linux.seccomp"
	f.calls = append(f.calls, Fact{Topic: "seccomp", Key: arch + " unknown calls", Value: unknownCalls(l), Path: path})
	for i := range l.Calls {
		f.calls = append(f.calls, Fact{Topic: "seccomp", Key: arch + " " + l.Calls[i].Name, Value: Decision(&l.Calls[i]), Path: path})
	}
}

// Decision returns what a filter decides about a call, in a sentence.
func Decision(c *seccomp.CallListing) string {
	var b strings.Builder
	for _, r := range c.Rules {
		fmt.Fprintf(&b, "%s if %s; ", r.Verdict, strings.Join(r.If, " and "))
	}
	if len(c.Rules) > 0 {
		b.WriteString("otherwise ")
	}
	return b.String() + c.Verdict
}

// unknownCalls says what a filter decides about calls that rt does not know.
func unknownCalls(l *seccomp.Listing) string {
	if l.Newer == "" {
		return l.Default
	}
	return l.Default + "; newer ones " + l.Newer
}
