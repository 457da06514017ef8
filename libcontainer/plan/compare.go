package plan

import (
	"io"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer/program"
)

// Diff is what differs in effect between two plans.
type Diff struct {
	Schema int `json:"schema"`
	// Facts are in the order of their topics.
	Facts []Change `json:"facts"`
	// Calls are the system calls about which the seccomp filters decide otherwise.
	Calls []Change `json:"calls"`
	// Steps are the settings whose system calls differ, where no fact says so.
	Steps []StepChange `json:"steps"`
}

// Change is a fact that differs. Old or New is nil if a plan does not have it.
type Change struct {
	Topic Topic  `json:"topic"`
	Key   string `json:"key,omitempty"`
	Old   *Fact  `json:"old"`
	New   *Fact  `json:"new"`
}

// StepChange has the system calls for one setting that only one of the plans makes.
type StepChange struct {
	Path    string   `json:"path,omitempty"`
	Subject string   `json:"subject,omitempty"`
	Old     []string `json:"old"`
	New     []string `json:"new"`
}

// Same reports whether nothing differs.
func (d *Diff) Same() bool { return len(d.Facts) == 0 && len(d.Calls) == 0 && len(d.Steps) == 0 }

// WriteJSON writes the differences for machines.
func (d *Diff) WriteJSON(w io.Writer) error {
	_, err := w.Write(append(plainjson.Append(nil, *d), '\n'))
	return err
}

// Compare returns what differs between two plans. The directories of the bundles
// may differ, and so may the order of settings where it has no effect. With
// everything set, Steps has all steps that differ, not only those that no fact
// explains.
func Compare(a, b *Plan, everything bool) *Diff {
	d := &Diff{
		Schema: Schema,
		Facts:  notNil(changes(a, b, func(p *Plan) []Fact { return p.Summary })),
		Calls:  notNil(changes(a, b, func(p *Plan) []Fact { return p.calls })),
	}
	d.Steps = notNil(stepChanges(a, b))
	if !everything {
		e := d.explanations()
		d.Steps = slices.DeleteFunc(d.Steps, e.explain)
	}
	return d
}

// id is what the facts of a plan differ in.
type id struct {
	topic Topic
	key   string
}

// changes compares lists of facts.
func changes(a, b *Plan, of func(*Plan) []Fact) (list []Change) {
	was := map[id]*Fact{}
	for _, f := range neutral(a, of(a)) {
		was[id{f.Topic, f.Key}] = &f
	}
	is := map[id]bool{}
	for _, f := range neutral(b, of(b)) {
		key := id{f.Topic, f.Key}
		is[key] = true
		if old := was[key]; old == nil || old.Value != f.Value || old.Risk != f.Risk {
			list = append(list, Change{f.Topic, f.Key, old, &f})
		}
	}
	for _, f := range neutral(a, of(a)) {
		if !is[id{f.Topic, f.Key}] {
			list = append(list, Change{f.Topic, f.Key, &f, nil})
		}
	}
	order := topics()
	slices.SortStableFunc(list, func(a, b Change) int { return slices.Index(order, a.Topic) - slices.Index(order, b.Topic) })
	return list
}

// Here stands for the bundle's directory in a comparison.
const Here = "BUNDLE"

// neutral returns the facts without the bundle's directory.
func neutral(p *Plan, facts []Fact) []Fact {
	list := slices.Clone(facts)
	for i := range list {
		list[i].Value = withoutBundle(p, list[i].Value)
	}
	return list
}

// withoutBundle replaces the bundle's directory at the beginning of paths.
func withoutBundle(p *Plan, text string) string {
	if len(p.Bundle) < 2 {
		return text
	}
	for _, end := range []string{"/", " ", "\"", ")"} {
		text = strings.ReplaceAll(text, p.Bundle+end, Here+end)
	}
	if rest, ok := strings.CutSuffix(text, p.Bundle); ok {
		text = rest + Here
	}
	return text
}

// stepChanges compares the system calls of each setting.
func stepChanges(a, b *Plan) (list []StepChange) {
	was, order := callsBySetting(a)
	is, more := callsBySetting(b)
	for _, key := range more {
		if _, ok := was[key]; !ok {
			order = append(order, key)
		}
	}
	for _, key := range order {
		c := StepChange{Path: key.path, Subject: key.subject, Old: without(was[key], is[key]), New: without(is[key], was[key])}
		if len(c.Old)+len(c.New) > 0 {
			list = append(list, c)
		}
	}
	return list
}

// settingKey is the setting that calls come from. Its index says nothing: another
// mount before it moves it.
type settingKey struct{ path, subject string }

// callsBySetting returns the system calls of each setting, and the settings in
// their order.
func callsBySetting(p *Plan) (calls map[settingKey][]string, order []settingKey) {
	calls = map[settingKey][]string{}
	for n := program.Entry; n < len(p.Program.Steps); n++ {
		text := p.texts.Call(n)
		if text == "" || strings.HasPrefix(text, "write(report,") || strings.HasPrefix(text, "close(") {
			continue // no effect, or it only has the number of the step
		}
		o := p.Program.Origin(n)
		key := settingKey{ListOf(Setting(o.Path)), withoutBundle(p, o.Subject)}
		if calls[key] == nil {
			order = append(order, key)
		}
		calls[key] = append(calls[key], withoutBundle(p, text))
	}
	return calls, order
}

// without returns the texts of a that are not in b. A text that is in there twice
// counts twice.
func without(a, b []string) []string {
	left := map[string]int{}
	for _, text := range b {
		left[text]++
	}
	only := []string{}
	for _, text := range a {
		if left[text]--; left[text] < 0 {
			only = append(only, text)
		}
	}
	return only
}

// explanations are what the facts that differ are about.
type explanations struct {
	keys   map[string]bool // of all
	mounts map[string]bool // destinations
	lists  map[string]bool // the paths of settings, without indices
	calls  bool
}

func (d *Diff) explanations() explanations {
	e := explanations{map[string]bool{}, map[string]bool{}, map[string]bool{}, len(d.Calls) > 0}
	for _, c := range d.Facts {
		for _, f := range []*Fact{c.Old, c.New} {
			if f == nil {
				continue
			}
			path := ListOf(f.Path)
			e.keys[f.Key] = true
			if path == "mounts" {
				e.mounts[f.Key] = true
			} else if path != "" {
				e.lists[path] = true
			}
		}
	}
	return e
}

// explain reports whether a fact that differs is about the setting of steps: about
// the same thing or, if the setting is no list of things, about a part of it or the
// whole.
func (e *explanations) explain(s StepChange) bool {
	switch {
	case s.Path == "linux.seccomp" && e.calls:
		return true
	case s.Path == "":
		return s.Subject != "" && e.keys[s.Subject]
	case s.Path == "mounts":
		return e.mounts[s.Subject]
	}
	for path := range e.lists {
		if strings.HasPrefix(path, s.Path) || strings.HasPrefix(s.Path, path) {
			return true
		}
	}
	return false
}
