// Package plan says what the start of a container, or an exec, does: as data, for
// people and programs that review it. It has a summary of what the container sees
// of its host, and everything that the creator and the init do, in order.
//
// It takes the compiled program, what is written to the cgroups, and the
// configuration. Like package compile it opens and makes nothing.
package plan

import (
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Schema is the version of the JSON that [Plan.WriteJSON] and [Diff.WriteJSON]
// write. It changes when a member goes or gets another meaning, and not when one
// is added.
const Schema = 1

// Plan is what a start or an exec does.
type Plan struct {
	Kind   Kind
	ID     string
	Bundle string
	// Summary has all that has an effect on what the container is and sees.
	Summary []Fact
	// Phases are in order, and so are the actions in each.
	Phases []Phase
	// Warnings are settings that cannot be granted, where that is no error.
	Warnings []string
	// Refused is why the start would fail on this host, as far as that can be said
	// without trying.
	Refused []string
	Program *program.Program

	calls []Fact // what the seccomp filter decides, for each call
	texts *program.Printer
}

// Kind is what is planned.
type Kind string

// What can be planned.
const (
	Start Kind = "start"
	Exec  Kind = "exec"
)

// Fact is one thing that has an effect. Facts of a plan differ in topic or key.
type Fact struct {
	Topic Topic  `json:"topic"`
	Key   string `json:"key,omitempty"`
	Value string `json:"value"`
	// Path is the JSON path of the setting, or "" if no setting asks for it.
	Path string `json:"path,omitempty"`
	// Risk says why somebody who reviews the configuration should look at it: what
	// the container can do to its host. It is "" for what engines grant to every
	// container.
	Risk string `json:"risk,omitempty"`
}

// Topic is what a fact is about.
type Topic string

// The topics, in the order in which they are in a summary.
const (
	Program      Topic = "program"
	Environment  Topic = "environment"
	Identity     Topic = "identity"
	Namespaces   Topic = "namespaces"
	Rootfs       Topic = "rootfs"
	HostPaths    Topic = "host-paths"
	FileSystems  Topic = "file-systems"
	Hidden       Topic = "hidden"
	Capabilities Topic = "capabilities"
	Confinement  Topic = "confinement"
	Cgroup       Topic = "cgroup"
	Limits       Topic = "limits"
	Devices      Topic = "devices"
	Hooks        Topic = "hooks"
	Network      Topic = "network"
	Kernel       Topic = "kernel"
	Process      Topic = "process"
	Terminal     Topic = "terminal"
	Annotations  Topic = "annotations"
)

// Phase is a part of a start.
type Phase struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Actions []Action `json:"actions"`
}

// Action is one thing that is done.
type Action struct {
	By      Doer     `json:"by"`
	Path    string   `json:"path,omitempty"`    // JSON path of the setting, or ""
	Subject string   `json:"subject,omitempty"` // what it is about
	Does    []string `json:"does"`
	// First and Last are the steps of the program. For the creator both are the
	// step at which the init waits for it, or 0.
	First int `json:"first,omitempty"`
	Last  int `json:"last,omitempty"`
}

// Doer is who does something.
type Doer string

// Who does something.
const (
	Creator Doer = "creator"
	Init    Doer = "init"
)

// Source is what a plan is made of.
type Source struct {
	Kind    Kind
	ID      string
	Spec    *specs.Spec // that is in effect; of an exec it has the process to execute
	Host    compile.Host
	Options compile.Options
	Target  compile.Target // of an exec
	// Compiled is what package compile makes of all these.
	Compiled *compile.Plan
	Cgroups  cgroup.Preview
	// Delayed are the limits that are only set when the init is ready, or nil.
	Delayed *specs.LinuxResources
	// Shared are the namespaces that are joined by path, and that are rt's own.
	Shared map[specs.LinuxNamespaceType]bool
	// Refused is why the start would fail, and Notes what else to say about it.
	Refused, Notes []string
	// StateDir is the directory of the container's state.
	StateDir string
}

// New makes a plan.
func New(s Source) (*Plan, error) {
	p := &Plan{
		Kind: s.Kind, ID: s.ID, Bundle: s.Options.Bundle,
		Warnings: append(s.Notes, s.Compiled.Warnings...), Refused: s.Refused, Program: s.Compiled.Program,
		texts: program.NewPrinter(s.Compiled.Program),
	}
	for _, err := range s.Cgroups.Refused {
		p.Refused = append(p.Refused, err.Error())
	}
	f := newFacts(&s)
	if err := f.seccomp(); err != nil {
		return nil, err
	}
	p.Summary, p.calls = f.all(), f.calls
	p.Phases = newPhases(&s)
	return p, nil
}

// Step returns step n of the program on one line, like strace(1).
func (p *Plan) Step(n int) string { return p.texts.Step(n) }

// Inputs returns the descriptors that the program gets: "3=sync 4=progress".
func (p *Plan) Inputs() string { return p.texts.Inputs() }

// About returns the facts of a topic.
func (p *Plan) About(t Topic) (list []Fact) {
	for _, f := range p.Summary {
		if f.Topic == t {
			list = append(list, f)
		}
	}
	return list
}

// listing returns the decisions of a filter, or nil if there is none.
func listing(s *Source) ([]seccomp.Listing, error) {
	if s.Spec.Linux == nil || s.Spec.Linux.Seccomp == nil {
		return nil, nil
	}
	return seccomp.List(s.Spec.Linux.Seccomp, s.Host.Arch)
}
