package spec

import "testing"

func TestBelowRootfs(t *testing.T) {
	tests := []struct{ rootfs, path, want string }{
		{"/b/rootfs", "/b/rootfs", "/"},
		{"/b/rootfs", "/b/rootfs/", "/"},
		{"/b/rootfs", "/b//rootfs/x/../y/", "/y"},
		{"/b/rootfs", "/b/rootfs2/x", ""},
		{"/b/rootfs", "/b/rootfs/../x", ""},
		{"/b/rootfs", "b/rootfs/x", ""},
		{"/b/rootfs", "/x/b/rootfs", ""},
		{"/b/rootfs", "", ""},
		{"/", "/etc", ""},
	}
	for _, test := range tests {
		if got, ok := BelowRootfs(test.rootfs, test.path); got != test.want || ok != (test.want != "") {
			t.Errorf("%s in %s: %q, %v, want %q", test.path, test.rootfs, got, ok, test.want)
		}
	}
}
