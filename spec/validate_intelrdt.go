package spec

import (
	"strings"
)

// intelRdt checks linux.intelRdt. What the schemas may say depends on the
// machine, so that is left to its kernel.
func (v *validator) intelRdt() {
	rdt := v.linux.IntelRdt
	if rdt == nil {
		return
	}
	v.closID(rdt.ClosID)
	const at = "linux.intelRdt."
	if s := rdt.MemBwSchema; s != "" && (!strings.HasPrefix(s, "MB:") || strings.Contains(s, "\n")) {
		v.faults.addf(at+"memBwSchema", "one line that begins with MB:", "is %q", s)
	}
	for i, s := range rdt.Schemata {
		if !isSchema(s) {
			v.faults.addf(index(at+"schemata", i, ""), "one line like L3:0=ff;1=ff", "is %q", s)
		}
	}
	for line := range strings.Lines(rdt.L3CacheSchema) {
		if !isSchema(strings.TrimSuffix(line, "\n")) {
			v.faults.addf(at+"l3CacheSchema", "a line like L3:0=ff;1=ff", "is %q", rdt.L3CacheSchema)
			break
		}
	}
}

// isSchema reports whether s is one line with the name of a resource in front.
func isSchema(s string) bool {
	resource, _, ok := strings.Cut(s, ":")
	return ok && strings.TrimSpace(resource) != "" && !strings.Contains(s, "\n")
}

// closID checks the name of a class of service, which is the name of a
// directory in resctrl. Some directories there are not classes.
func (v *validator) closID(id string) {
	switch {
	case id == "/":
	case id == "." || id == ".." || strings.ContainsAny(id, "/\n") || len(id) > maxName:
		v.faults.addf("linux.intelRdt.closID", "a name without /, or / for the default class", "is %q", id)
	case id == "info" || id == "mon_groups" || id == "mon_data":
		v.faults.addf("linux.intelRdt.closID", "another name", "is %q, which resctrl reserves", id)
	}
}

// maxName is NAME_MAX: the largest length of a file's name, in bytes.
const maxName = 255
