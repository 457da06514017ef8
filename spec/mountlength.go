package spec

import (
	"fmt"
	"strings"
)

const (
	// maxParameter is the length of a string that fsconfig(2) takes, in bytes
	// (strndup_user with 256 in fs/fsopen.c).
	maxParameter = 255
	// maxMonolithic is the length of the options and of the source that mount(2)
	// takes: the options are a page, and the source is a path.
	maxMonolithic = 4095
)

// Long reports whether a parameter of a file system, or its source, is too long
// for fsconfig(2), and not for mount(2) if the configuration was checked.
func (m *MountOptions) Long(source string) bool {
	if m.Bind {
		return false
	}
	long := len(source) > maxParameter
	for _, d := range m.Data {
		long = long || len(d.Key) > maxParameter || len(d.Value) > maxParameter
	}
	return long
}

// Monolithic returns the options of the file system as mount(2) takes them, after
// first, if that is not "".
func (m *MountOptions) Monolithic(first string) string {
	var list []string
	if first != "" {
		list = append(list, first)
	}
	for _, d := range m.Data {
		switch {
		case !d.HasValue:
			list = append(list, d.Key)
		case SetsLabel(d.Key):
			list = append(list, d.Key+`="`+d.Value+`"`) // it may have commas
		default:
			list = append(list, d.Key+"="+d.Value)
		}
	}
	return strings.Join(list, ",")
}

// mountLengths finds the parameters that the kernel would refuse as invalid
// arguments only because of their length. A remount has no way around
// fsconfig(2).
func (v *validator) mountLengths(at func(string) string, source string, m *MountOptions) {
	if !m.Long(source) {
		return
	}
	limit := maxMonolithic
	if m.Remount {
		limit = maxParameter
	}
	found := len(v.faults)
	check := func(path, verb string, size int) {
		if size > limit {
			v.faults.addf(at(path), fmt.Sprintf("at most %d", limit), "%s %d bytes", verb, size)
		}
	}
	check("source", "has", len(source))
	for _, d := range m.Data {
		check(index("options", d.Index, ""), "has", max(len(d.Key), len(d.Value)))
	}
	if len(v.faults) == found && !m.Remount {
		check("options", "have", len(m.Monolithic("")))
	}
}
