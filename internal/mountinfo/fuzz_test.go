package mountinfo

import (
	"strings"
	"testing"
)

// FuzzParse reads lines with any names in them, as the kernel escapes them: what was
// mounted where comes out again. A container may choose the names.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"/", "/a b", "/\\040", "/x - y z", "/\n\t#", "/\\"} {
		f.Add(name, "/mnt"+name, name)
	}
	f.Fuzz(func(t *testing.T, root, point, any string) {
		_ = Parse(any)
		root, point = "/"+root, "/"+point
		line := "36 35 98:0 " + escape(root) + " " + escape(point) + " rw,noatime shared:1 - ext4 /dev/x rw\n"
		list := Parse(line + any)
		if len(list) == 0 || list[0].Root != root || list[0].Point != point || list[0].Type != "ext4" {
			t.Errorf("%q: %+v", line, list)
		}
	})
}

// escape escapes a name as the kernel does (fs/proc_namespace.c, mangle; show_path).
func escape(name string) string {
	return strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, "#", `\043`, `\`, `\134`).Replace(name)
}
