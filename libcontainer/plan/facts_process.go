package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// program adds what is executed, where, and its environment.
func (f *facts) program() {
	p := f.Spec.Process
	if spec.HasProgram(f.Spec) {
		f.add(Program, "args", words(p.Args), "process.args")
	} else {
		f.add(Program, "args", "nothing: process is missing, and start would fail", "process")
	}
	f.add(Program, "cwd", p.Cwd, "process.cwd")
	last := map[string]int{}
	for i, entry := range p.Env {
		name, _, _ := strings.Cut(entry, "=")
		last[name] = i
	}
	for i, entry := range p.Env {
		name, value, _ := strings.Cut(entry, "=")
		if last[name] == i {
			f.add(Environment, name, value, at("process.env", i))
		}
	}
	if f.Compiled.WantsHome {
		f.setHome()
	}
}

// setHome says where HOME comes from, which the configuration leaves open.
func (f *facts) setHome() {
	f.list = slices.DeleteFunc(f.list, func(f Fact) bool { return f.Topic == Environment && f.Key == "HOME" })
	f.add(Environment, "HOME", "(from the container's /etc/passwd)", "")
}

// identity adds the ids of the process, in the container and on the host.
func (f *facts) identity() {
	u := &f.Spec.Process.User
	f.add(Identity, "user", fmt.Sprint(u.UID), "process.user.uid")
	f.add(Identity, "group", fmt.Sprint(u.GID), "process.user.gid")
	groups := "none"
	if len(u.AdditionalGids) > 0 {
		groups = strings.Trim(fmt.Sprint(u.AdditionalGids), "[]")
	}
	path := "process.user.additionalGids"
	if spec.KeepsGroups(f.Spec.Annotations) {
		groups, path = "those of rt", `annotations["run.oci.keep_original_groups"]`
	}
	f.add(Identity, "groups", groups, path)
	umask := uint32(0o022)
	if u.Umask != nil {
		umask = *u.Umask
	}
	f.add(Identity, "umask", fmt.Sprintf("%#o", umask), "process.user.umask")
	f.hostUser("user on the host", u.UID, f.linux.UIDMappings)
	f.hostUser("group on the host", u.GID, f.linux.GIDMappings)
}

// hostUser adds what an id is on the host.
func (f *facts) hostUser(key string, id uint32, list []specs.LinuxIDMapping) {
	switch {
	case !f.ownUser() && f.Host.InUserNamespace:
		f.add(Identity, key, fmt.Sprintf("%d: there is no user namespace, so the ids are those of rt's", id), "linux.namespaces")
	case !f.ownUser():
		f.add(Identity, key, fmt.Sprintf("%d: there is no user namespace, so the ids are the host's", id), "linux.namespaces")
	case spec.JoinsNamespace(f.Spec, specs.UserNamespace):
		f.add(Identity, key, "as the user namespace that is joined maps it", "linux.namespaces")
	default:
		f.mapped(key, id, list)
	}
}

func (f *facts) mapped(key string, id uint32, list []specs.LinuxIDMapping) {
	path := "linux.uidMappings"
	if strings.HasPrefix(key, "group") {
		path = "linux.gidMappings"
	}
	for _, m := range list {
		if m.ContainerID <= id && id-m.ContainerID < m.Size {
			f.add(Identity, key, fmt.Sprint(m.HostID+id-m.ContainerID), path)
			return
		}
	}
	f.add(Identity, key, "not mapped", path)
}

// idMaps adds the mapping of a new user namespace.
func (f *facts) idMaps() {
	if !spec.NewNamespace(f.Spec, specs.UserNamespace) {
		return
	}
	f.idMap("user ids", "linux.uidMappings", f.linux.UIDMappings, true)
	f.idMap("group ids", "linux.gidMappings", f.linux.GIDMappings, false)
}

func (f *facts) idMap(key, path string, list []specs.LinuxIDMapping, users bool) {
	fact := f.add(Identity, key, ranges(list), path)
	for _, m := range list {
		if users && m.HostID == 0 && m.Size > 0 && !f.Host.InUserNamespace {
			fact.Risk = fmt.Sprintf("user %d of the container is root of the host", m.ContainerID)
		}
	}
}

// ranges returns a mapping of ids: "0-65535 are 100000-165535".
func ranges(list []specs.LinuxIDMapping) string {
	var texts []string
	for _, m := range list {
		if m.Size == 1 {
			texts = append(texts, fmt.Sprintf("%d is the host's %d", m.ContainerID, m.HostID))
			continue
		}
		last := uint64(m.Size) - 1
		texts = append(texts, fmt.Sprintf("%d-%d are the host's %d-%d", m.ContainerID, uint64(m.ContainerID)+last, m.HostID, uint64(m.HostID)+last))
	}
	return strings.Join(texts, ", ")
}

// process adds the resource limits and the scheduling of the process.
func (f *facts) process() {
	p := f.Spec.Process
	for i, l := range p.Rlimits {
		f.add(Process, l.Type, rlimit(l), at("process.rlimits", i))
	}
	if p.OOMScoreAdj != nil {
		f.add(Process, "oom_score_adj", fmt.Sprint(*p.OOMScoreAdj), "process.oomScoreAdj")
	}
	if s := p.Scheduler; s != nil {
		f.add(Process, "scheduler", scheduler(s), "process.scheduler")
	}
	if io := p.IOPriority; io != nil {
		f.add(Process, "I/O priority", fmt.Sprintf("%s %d", io.Class, io.Priority), "process.ioPriority")
	}
	if m := f.linux.MemoryPolicy; m != nil {
		f.add(Process, "memory policy", strings.TrimSpace(fmt.Sprintf("%s %s %s", m.Mode, m.Nodes, joinFlags(m.Flags))), "linux.memoryPolicy")
	}
	if a := p.ExecCPUAffinity; a != nil && f.Kind == Exec {
		f.add(Process, "CPUs", fmt.Sprintf("%q at first, then %q", a.Initial, a.Final), "process.execCPUAffinity")
	}
	if l := f.linux.Personality; l != nil {
		f.add(Process, "personality", strings.TrimSpace(fmt.Sprintf("%s %s", l.Domain, joinFlags(l.Flags))), "linux.personality")
	}
}

func joinFlags[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, flag := range list {
		texts[i] = string(flag)
	}
	return strings.Join(texts, "|")
}

func rlimit(l specs.POSIXRlimit) string {
	text := func(n uint64) string {
		if n == math.MaxUint64 {
			return "unlimited"
		}
		return fmt.Sprint(n)
	}
	return "soft " + text(l.Soft) + ", hard " + text(l.Hard)
}

func scheduler(s *specs.Scheduler) string {
	text := fmt.Sprintf("%s, nice %d, priority %d", s.Policy, s.Nice, s.Priority)
	if s.Runtime != 0 || s.Deadline != 0 || s.Period != 0 {
		text += fmt.Sprintf(", runtime %d, deadline %d, period %d ns", s.Runtime, s.Deadline, s.Period)
	}
	if len(s.Flags) > 0 {
		text += ", " + joinFlags(s.Flags)
	}
	return text
}

// terminal adds the terminal and the session keyring.
func (f *facts) terminal() {
	p := f.Spec.Process
	text := "none"
	if p.Terminal {
		text = "a new one, at /dev/console"
		if f.Kind == Exec {
			text = "a new one"
		}
		if c := p.ConsoleSize; c != nil {
			text += fmt.Sprintf(", of %d columns and %d rows", c.Width, c.Height)
		}
	}
	f.add(Terminal, "terminal", text, "process.terminal")
	if f.Options.Keyring == "" {
		f.add(Terminal, "keyring", "the session keyring of rt", "")
		return
	}
	f.add(Terminal, "keyring", f.Options.Keyring, "")
}
