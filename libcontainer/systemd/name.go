package systemd

import (
	"fmt"
	"strings"

	"github.com/coreos/go-systemd/v22/unit"
)

// Place says where a container's unit is. The systemd drivers of all runtimes
// read it from linux.cgroupsPath: "slice:prefix:name".
type Place struct {
	Slice string // "system.slice"; "-.slice" is the root
	Unit  string // "prefix-name.scope"
}

// maxUnitName is the length of the longest name of a unit (systemd.unit(5)).
const maxUnitName = 255

// ParsePlace returns where the unit of container id is. A path that is empty
// stands for ":rt:ID", an empty slice for the default one, and an empty prefix
// for none.
func ParsePlace(path, id, defaultSlice string) (Place, error) {
	if path == "" {
		path = ":rt:" + id
	}
	parts := strings.Split(path, ":")
	if len(parts) != 3 {
		return Place{}, fmt.Errorf("%q is not of the form slice:prefix:name, which the systemd driver needs", path)
	}
	slice, prefix, name := parts[0], parts[1], parts[2]
	switch slice {
	case "":
		slice = defaultSlice
	case "-":
		slice = "-.slice"
	}
	if _, err := SlicePath(slice); err != nil {
		return Place{}, err
	}
	if strings.HasSuffix(name, ".slice") {
		return Place{}, fmt.Errorf("%s is a slice, which contains other units and no processes", name)
	}
	scope := name + ".scope"
	if prefix != "" {
		scope = prefix + "-" + scope
	}
	scope = escapeUnitName(scope)
	if name == "" || len(scope) > maxUnitName {
		return Place{}, fmt.Errorf("%q is not the name of a unit", scope)
	}
	return Place{Slice: slice, Unit: scope}, nil
}

// escapeUnitName replaces the characters that a unit's name must not have, such
// as the + of a container's ID, as systemd-escape(1) does: "a+b" becomes
// "a\x2bb". Allowed characters stay as they are, also a hyphen and a backslash,
// so that the names are the same as under other runtimes.
func escapeUnitName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		if c := name[i : i+1]; isUnitName(c) {
			b.WriteString(c)
		} else if c == "/" {
			b.WriteString(`\x2f`) // systemd-escape makes it a hyphen, for paths
		} else {
			b.WriteString(unit.UnitNameEscape(c))
		}
	}
	return b.String()
}

// SlicePath returns the cgroup of a slice, below that of its manager:
// "/a.slice/a-b.slice" for "a-b.slice" (systemd.slice(5)).
func SlicePath(slice string) (string, error) {
	name, ok := strings.CutSuffix(slice, ".slice")
	if name == "-" && ok {
		return "", nil
	}
	if !ok || !isUnitName(slice) || len(slice) > maxUnitName {
		return "", fmt.Errorf("%q is not the name of a slice", slice)
	}
	path, prefix := "", ""
	for part := range strings.SplitSeq(name, "-") {
		if part == "" {
			return "", fmt.Errorf("%q is not the name of a slice: a part of it is empty", slice)
		}
		path += "/" + prefix + part + ".slice"
		prefix += part + "-"
	}
	return path, nil
}

// isUnitName reports whether a name has only characters that are allowed for
// units (systemd.unit(5)), without the colon, which is the separator here.
func isUnitName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte(`-_.\@`, c) < 0 {
			return false
		}
	}
	return true
}
