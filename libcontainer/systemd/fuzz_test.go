package systemd

import (
	"strings"
	"testing"
)

// FuzzPlace reads any path of a cgroup as a place in systemd's tree. What is accepted are
// names that units can have, and no path that leads out of the tree.
func FuzzPlace(f *testing.F) {
	for _, path := range []string{"", "system.slice:rt:x", ":a:b", "-:a:b", "a-b.slice::c", "../x.slice:a:b", "a.slice:/:..", "--.slice:a:b", "x:y"} {
		f.Add(path, "id+1")
	}
	f.Fuzz(func(t *testing.T, path, id string) {
		p, err := ParsePlace(path, id, "system.slice")
		if err != nil {
			return
		}
		dir, err := SlicePath(p.Slice)
		if err != nil || strings.Contains(dir+"/", "/../") || strings.Contains(p.Unit, "/") || len(p.Unit) > maxUnitName ||
			!isUnitName(p.Unit) || !strings.HasSuffix(p.Unit, ".scope") || p.Unit == ".scope" {
			t.Errorf("%q: %+v, %q, %v", path, p, dir, err)
		}
	})
}
