package plan

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
)

// Fold is one or more actions that follow each other and do the same to different
// things, such as masking paths.
type Fold struct {
	Action          // the first one
	Others []Action // that it stands for, too
}

// Count returns how many actions it stands for.
func (f *Fold) Count() int { return 1 + len(f.Others) }

// End returns the last step.
func (f *Fold) End() int {
	if len(f.Others) > 0 {
		return f.Others[len(f.Others)-1].Last
	}
	return f.Last
}

// few is how many alike actions are not worth to be folded.
const few = 2

// Folded returns the actions of a phase, with those folded that repeat each other.
func (p *Plan) Folded(phase *Phase) (list []Fold) {
	all := phase.Actions
	for i := 0; i < len(all); {
		n := i + 1
		for n < len(all) && alike(&all[i], &all[n]) {
			n++
		}
		if n-i <= few {
			n = i + 1
		}
		list = append(list, Fold{Action: all[i], Others: all[i+1 : n]})
		i = n
	}
	return list
}

// alike reports whether two actions do the same to different things.
func alike(a, b *Action) bool {
	if a.By != b.By || ListOf(a.Path) != ListOf(b.Path) || !repetitive(ListOf(a.Path)) {
		return false
	}
	if (a.Subject == "") != (b.Subject == "") || len(a.Does) == 0 || len(b.Does) == 0 {
		return false
	}
	return (a.Subject != "" || a.last() != b.last()) && similar(a.last(), b.last())
}

// repetitive reports whether the elements of a list differ in nothing but what they
// are about. Of mounts, hooks and limits each is of interest.
func repetitive(list string) bool {
	switch list {
	case "", "linux.maskedPaths", "linux.readonlyPaths", "linux.cgroupsPath", "linux.devices":
		return true
	}
	return false
}

// last returns the last thing that is done. The first of several actions often
// prepares something for all of them.
func (a *Action) last() string { return a.Does[len(a.Does)-1] }

// similar reports whether texts differ in one word at most, or in what general
// leaves out.
func similar(a, b string) bool {
	if g := general(a); g == general(b) && strings.Contains(g, "*") {
		return true
	}
	v, w := strings.Fields(a), strings.Fields(b)
	differ := 0
	for i := range min(len(v), len(w)) {
		if v[i] != w[i] {
			differ++
		}
	}
	return a == b || len(v) == len(w) && len(v) > 2 && differ <= 1
}

// ListOf returns the path of the list that an element is in: "linux.maskedPaths" for
// linux.maskedPaths[3].
func ListOf(path string) string {
	if i := strings.LastIndexByte(path, '['); i >= 0 && strings.HasSuffix(path, "]") && !strings.Contains(path[i:], `"`) {
		return path[:i]
	}
	return path
}

// general leaves the words out that differ between operations of the same kind:
// paths, texts in quotes and numbers.
func general(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		if strings.ContainsAny(w, `/":0123456789`) {
			words[i] = "*"
		}
	}
	return strings.Join(words, " ")
}

// Sentence says what an action does, in one sentence. Operations that begin alike
// share their beginning: "mount tmpfs from shm, with mode=1777, with size=65536k".
func (a *Action) Sentence() string {
	list := slices.DeleteFunc(slices.Clone(a.Does), preparation)
	if len(list) == 0 {
		list = a.Does
	}
	list = gathered(list)
	shortest := ""
	for _, text := range list {
		if shortest == "" || len(text) < len(shortest) {
			shortest = text
		}
	}
	var b strings.Builder
	for i, text := range list {
		rest, alike := strings.CutPrefix(text, shortest+" ")
		switch {
		case i == 0:
			b.WriteString(text)
		case text == shortest && strings.Contains(b.String(), text):
		case alike && strings.Contains(b.String(), shortest):
			b.WriteString(", " + rest)
		default:
			b.WriteString("; " + text)
		}
	}
	return b.String()
}

// Mounts reports whether an action mounts something, and not only prepares that.
func (a *Action) Mounts() bool {
	return slices.ContainsFunc(a.Does, func(text string) bool {
		return !preparation(text) && (strings.HasPrefix(text, "mount ") || strings.HasPrefix(text, "bind mount "))
	})
}

// preparation reports whether something is done only for what is done next.
func preparation(text string) bool {
	for _, p := range []string{"find or make the mount point of ", "find the file system type ", "open the source "} {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// gathered puts texts together that follow each other and differ in one word: "exec
// /bin/sh", "exec /usr/bin/sh" …
func gathered(texts []string) (list []string) {
	for i := 0; i < len(texts); {
		n := i + 1
		for n < len(texts) && similar(texts[i], texts[n]) {
			n++
		}
		if n-i <= few {
			list = append(list, texts[i])
			i++
			continue
		}
		does, differ := split(texts[i:n])
		list = append(list, does+" "+strings.Join(differ, ", "))
		i = n
	}
	return list
}

// Heading returns the text that step n is under, or last if it has none of its
// own: see program.WriteText.
func (p *Plan) Heading(n int, last string) string {
	if o := p.Program.Origin(n); !o.Complete {
		return o.String()
	}
	return last
}

// Title returns what an action is about, as errors have it: "mounts[3] (/dev/shm)".
func (a *Action) Title() string { return program.Origin{Path: a.Path, Subject: a.Subject}.String() }

// Each says what folded actions do, and to what.
func (f *Fold) Each() (does string, to []string) {
	texts := []string{f.last()}
	subjects := []string{f.Subject}
	for i := range f.Others {
		texts = append(texts, f.Others[i].last())
		subjects = append(subjects, f.Others[i].Subject)
	}
	does, differ := split(texts)
	if differ[0] == "" || subjects[0] != "" && len(subjects[0]) < len("/dev/some/device") {
		return does, subjects
	}
	return does, differ
}

// split returns the words that texts have in common, and the others of each.
func split(texts []string) (common string, differ []string) {
	first := strings.Fields(texts[0])
	same := make([]bool, len(first))
	for i := range first {
		same[i] = !slices.ContainsFunc(texts, func(text string) bool {
			w := strings.Fields(text)
			return len(w) != len(first) || w[i] != first[i]
		})
	}
	for _, text := range texts {
		var own []string
		for i, w := range strings.Fields(text) {
			if i >= len(same) || !same[i] {
				own = append(own, w)
			}
		}
		differ = append(differ, strings.Join(own, " "))
	}
	for i, w := range first {
		if same[i] {
			common += " " + w
		}
	}
	return strings.TrimPrefix(common, " "), differ
}

// Printable returns s on one line and harmless to a terminal: see spec.Printable.
func Printable(s string) string { return spec.Printable(s) }
