package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// facts collects the summary of a plan.
type facts struct {
	*Source
	linux *specs.Linux // never nil
	list  []Fact
	calls []Fact
	taken map[id]int // how many facts have a topic and a key
}

func newFacts(s *Source) *facts {
	f := &facts{Source: s, linux: s.Spec.Linux, taken: map[id]int{}}
	if f.linux == nil {
		f.linux = &specs.Linux{}
	}
	return f
}

// all returns the facts in the order of their topics. Of an exec they are about
// the process, because the container is there already.
func (f *facts) all() []Fact {
	f.program()
	f.identity()
	f.capabilities()
	f.confinement()
	f.process()
	f.terminal()
	f.namespaces()
	if f.Kind == Start {
		f.container()
	}
	f.cgroup()
	order := topics()
	slices.SortStableFunc(f.list, func(a, b Fact) int { return slices.Index(order, a.Topic) - slices.Index(order, b.Topic) })
	return f.list
}

// container adds what an exec cannot change.
func (f *facts) container() {
	f.names()
	f.idMaps()
	f.rootfs()
	f.mounts()
	f.hidden()
	f.limits()
	f.intelRdt()
	f.deviceAccess()
	f.deviceNodes()
	f.hooks()
	f.network()
	f.kernel()
	f.annotations()
}

// Topics returns all topics, in the order of a summary.
func topics() []Topic {
	return []Topic{
		Program, Environment, Identity, Namespaces, Rootfs, HostPaths, FileSystems, Hidden, Capabilities, Confinement,
		Cgroup, Limits, Devices, Hooks, Network, Kernel, Process, Terminal, Annotations,
	}
}

// add adds a fact. If there is one with the same topic and key, this one gets a
// number behind its key.
func (f *facts) add(t Topic, key, value, path string) *Fact {
	of := id{t, key}
	if f.taken[of]++; f.taken[of] > 1 {
		key = fmt.Sprintf("%s (%d)", key, f.taken[of])
	}
	f.list = append(f.list, Fact{Topic: t, Key: key, Value: value, Path: path})
	return &f.list[len(f.list)-1]
}

// ownUser reports whether the container has a user namespace other than rt's.
// Then its rights are rights in there, and not on the host.
func (f *facts) ownUser() bool { return spec.FindNamespace(f.Spec, specs.UserNamespace) >= 0 }

// below reports whether root of the container is not root of the host, because one
// of them is in a user namespace: the container, or rt itself.
func (f *facts) below() bool { return f.ownUser() || f.Host.InUserNamespace }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// words quotes words where a shell would need that.
func words(list []string) string {
	quoted := make([]string, len(list))
	for i, w := range list {
		quoted[i] = word(w)
	}
	return strings.Join(quoted, " ")
}

func word(w string) string {
	if w != "" && spec.Printable(w) == w && !strings.ContainsAny(w, " \t'\"\\$`&|;<>()*?[]#~{}!") {
		return w
	}
	return strconv.Quote(w)
}

// Plural returns "1 path" or "3 paths".
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// at returns the JSON path of an element.
func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
