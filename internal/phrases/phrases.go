// Package phrases knows what runc says of failures that rt words in another way: people
// search for that, in the logs of engines too.
package phrases

import "strings"

// phrase is runc's text for a failure.
type phrase struct {
	at    string // the beginning of rt's line, usually the setting
	cause string // what the line must contain too
	// runc has STAGE, INDEX and SUBJECT in the place of parts of rt's line:
	// hooks.STAGE[INDEX], mounts[0] (SUBJECT). A line without them is about another
	// failure, such as a fault of the configuration before anything ran.
	runc string
}

// phrases come from issues of engines and runc's own sources. The first that matches is
// used. TestPhrases and TestOrdinaryUser make these failures happen.
var phrases = [...]phrase{
	{"hooks.", "", "error running STAGE hook #INDEX"},
	{"linux.seccomp.listenerPath", "connect to ", "failed to connect with seccomp agent"},
	{"mounts[", "", `error mounting to rootfs at "SUBJECT"`},
	{"start the init process", "only below a user namespace", "rootless container requires user namespaces"},
	{"linux.memoryPolicy", "which is unknown", "invalid memory policy"},
	{"process.args: ", "is empty", "args must not be empty"},
	{"no COMMAND given", "", "exec args cannot be empty"},
	{"process: is missing", "", "process property must not be empty"},
	{"root: is missing", "", "root must be specified"},
	{"process.cwd: ", "is missing", "Cwd property must not be empty"},
	{"process.cwd: ", "an absolute path", "Cwd must be an absolute path"},
	{"process.cwd (", "change directory", `chdir to cwd ("SUBJECT") set in config.json failed`},
	{"process.rlimits[", "): set limits ", "error setting rlimit type"},
	{"process.rlimits[", "which is unknown", "wrong rlimit value"},
	{"process.terminal: ", "--console-socket", "cannot allocate tty if runc will detach without setting console socket"},
	{"--console-socket: ", "has no terminal", "cannot use console socket if runc will not detach or allocate tty"},
	{"--console-socket: ", "keeps its terminal itself", "cannot use console socket if runc will not detach or allocate tty"},
	{"root.path: ", "", "invalid rootfs"},
	{"hostname: ", "would change the host's", "unable to set hostname without a private UTS namespace"},
	{"linux.sysctl[", "is not separate", "is not in a separate kernel namespace"},
	{"linux.sysctl[\"net.", "would change the host's", "not allowed in host network namespace"},
	{"linux.sysctl[", "by a property of its own", `is not allowed as it conflicts with the OCI "hostname" field`},
	{"linux.namespaces[", " again ", "duplicated ns"},
	{"linux.devices[", "which is unknown", "invalid device type"},
	{"process.apparmorProfile", "", "unable to apply apparmor profile"},
	{"process.selinuxLabel", "has no SELinux", "selinux label is specified in config, but selinux is disabled or not supported"},
	{"linux.seccomp.architectures[", "which is unknown", "is not a valid arch for seccomp"},
	{"linux.seccomp.", "want SCMP_ACT_KILL, ", "is not a valid action for seccomp"},
	{"linux.resources.unified", "needs cgroup v2", "cannot use unified on cgroup v1"},
	{"systemd of the system: ", "not booted with systemd", "systemd not running on this host, cannot use systemd cgroups manager"},
	{"bundle ", "has no config.json", "JSON specification file config.json not found"},
	{"invalid container id: is empty", "", "container id cannot be empty"},
	{"invalid container id ", "", "invalid container ID format"},
}

// Add adds to each line of an error what runc would say: "rt's words [runc: its words]".
func Add(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if words := runcWords(line); words != "" && !strings.Contains(line, words) {
			lines[i] += " [runc: " + words + "]"
		}
	}
	return strings.Join(lines, "\n")
}

func runcWords(line string) string {
	for _, p := range phrases {
		if strings.HasPrefix(line, p.at) && strings.Contains(line, p.cause) {
			return p.fill(line)
		}
	}
	return ""
}

// fill puts parts of rt's line into runc's text. It returns "" if the line does not have
// them.
func (p *phrase) fill(line string) string {
	end := strings.IndexAny(line, " :")
	if end < 0 {
		return ""
	}
	path, rest := line[:end], line[end:]
	words := p.runc
	put := func(name, part string) {
		if part == "" && strings.Contains(words, name) {
			words = ""
		}
		words = strings.ReplaceAll(words, name, part)
	}
	stage, index, _ := strings.Cut(strings.TrimPrefix(path, "hooks."), "[")
	index, property, _ := strings.Cut(index, "]")
	if property != "" {
		index = ""
	}
	put("STAGE", stage)
	put("INDEX", index)
	put("SUBJECT", subject(rest))
	return words
}

// subject returns what stands in parentheses after a path: " (SUBJECT): ".
func subject(rest string) string {
	inside, ok := strings.CutPrefix(rest, " (")
	s, _, found := strings.Cut(inside, "): ")
	if !ok || !found {
		return ""
	}
	return s
}
