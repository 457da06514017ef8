package plan

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
)

// The phases before and behind those of the program, in which there is no init, or
// it has become the container's program.
const (
	phaseCreate = "create"
	phaseLater  = "later"
)

// titles are the headings of phases.
func titles(k Kind) map[string]string {
	ready := "With nothing left to do but to execute the program"
	if k == Exec {
		return map[string]string{
			phaseCreate: "Before there is a process", compile.PhasePrepare: "Before anything can fail",
			compile.PhaseOutside: "Outside of the container", compile.PhaseInside: "In the container", compile.PhaseReady: ready,
		}
	}
	return map[string]string{
		phaseCreate: "Before there is an init", compile.PhasePrepare: "Before anything can fail",
		compile.PhaseOutside: "Outside, with the host's file systems still in place", compile.PhaseRootfs: "The root file system, built from outside",
		compile.PhaseInside: "The process, inside", compile.PhaseReady: ready, phaseLater: "When the program runs, and after its end",
	}
}

// newPhases returns the phases of a start with what the creator and the init do in
// them.
func newPhases(s *Source) []Phase {
	c := newCreator(s)
	title := titles(s.Kind)
	phases := []Phase{{Name: phaseCreate, Title: title[phaseCreate], Actions: c.before()}}
	actions := initActions(s.Compiled.Program)
	for _, a := range c.meanwhile() {
		actions = insert(actions, a)
	}
	p := s.Compiled.Program
	for _, a := range actions {
		name := p.PhaseOf(a.First)
		if last := &phases[len(phases)-1]; last.Name != name {
			phases = append(phases, Phase{Name: name, Title: title[name]})
		}
		last := &phases[len(phases)-1]
		last.Actions = append(last.Actions, a)
	}
	if later := c.later(); len(later) > 0 {
		phases = append(phases, Phase{Name: phaseLater, Title: title[phaseLater], Actions: later})
	}
	return phases
}

// insert puts an action of the creator behind the init's action that waits for it.
func insert(list []Action, a Action) []Action {
	i := slices.IndexFunc(list, func(other Action) bool { return other.By == Init && other.First > a.First })
	if i < 0 {
		i = len(list)
	}
	return slices.Insert(list, i, a)
}

// initActions puts the steps of a program together that come from the same
// setting and are about the same thing.
func initActions(p *program.Program) []Action {
	var list []Action
	for n := program.Entry; n < len(p.Steps); n++ {
		o := p.Origin(n)
		if o.Complete && len(list) > 0 { // the text of one failure
			list[len(list)-1].Last = n
			continue
		}
		if len(list) == 0 || !continues(p, &list[len(list)-1], n, o) {
			list = append(list, Action{By: Init, Path: Setting(o.Path), Subject: o.Subject, First: n})
		}
		a := &list[len(list)-1]
		a.Last = n
		if o.Doing != "" && !slices.Contains(a.Does, o.Doing) {
			a.Does = append(a.Does, o.Doing)
		}
	}
	return list
}

// continues reports whether step n belongs to the action of the step before it.
// Without a setting and a subject, what is done says that.
func continues(p *program.Program, a *Action, n int, o program.Origin) bool {
	if a.Path != Setting(o.Path) || a.Subject != o.Subject || p.PhaseOf(a.First) != p.PhaseOf(n) {
		return false
	}
	return a.Path != "" || a.Subject != "" || slices.Contains(a.Does, o.Doing)
}

// Setting returns the path of the setting that an option belongs to: mounts[3] for
// mounts[3].options[4].
func Setting(path string) string {
	setting, _, _ := strings.Cut(path, ".options[")
	return setting
}

// creator collects what the creator does.
type creator struct {
	*Source
	list []Action
}

func newCreator(s *Source) *creator { return &creator{Source: s} }

// do adds an action. step is that at which the init waits, or 0.
func (c *creator) do(step int, path, subject string, does ...string) {
	c.list = append(c.list, Action{By: Creator, Path: path, Subject: subject, Does: does, First: step, Last: step})
}

// taken returns the actions so far.
func (c *creator) taken() []Action {
	list := c.list
	c.list = nil
	return list
}

// meanwhile returns what the creator does for the init, in order.
func (c *creator) meanwhile() []Action {
	for _, a := range c.Compiled.Asks {
		c.answer(a)
	}
	c.released()
	return c.taken()
}

// answer adds what the creator does when the init asks.
func (c *creator) answer(a compile.Ask) {
	switch a.Kind {
	case compile.EnterCgroup:
		c.enterCgroup(a.Step)
	case compile.MapIDs:
		c.mapIDs(a.Step)
	case compile.Fork:
		c.do(a.Step, "", "", "go on with the init's child, whose pid the init tells, and reap the init")
	case compile.MoveNetDevices:
		c.moveNetDevices(a.Step)
	case compile.RunHooks:
		c.runHooks(a.Step, spec.CreateHooks()...)
	case compile.TakeTerminal:
		c.do(a.Step, "process.terminal", "", "take the terminal's other end from the init, for the caller or the socket of an engine")
	case compile.TakeListener:
		path, agent := spec.SeccompAgent(c.Spec)
		c.do(a.Step, path, agent, "take the filter's listener from the init and send it to the agent")
	case compile.Ready:
		c.ready(a.Step)
	}
}
