package device

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestNodes(t *testing.T) {
	mode, id := os.FileMode(0o640), uint32(5)
	list := nodes(&specs.Linux{Devices: []specs.LinuxDevice{
		{Path: "/dev/net/../null", Type: "c", Major: 1, Minor: 3, FileMode: &mode, UID: &id, GID: &id},
		{Path: "/dev/ptmx", Type: "c", Major: 5, Minor: 2},
		{Path: "/disk", Type: "b", Major: 8, Minor: 1},
		{Path: "/dev/pipe", Type: "p", Major: 7, Minor: 7},
		{Path: "/dev/tape", Type: "u", Major: 9, Minor: 0},
	}})
	var got []node
	for _, n := range list {
		if n.origin != "" {
			got = append(got, n)
		} else if n.path == "/dev/null" || n.path == "/dev/ptmx" {
			t.Errorf("default %s is there although the configuration takes its place", n.path)
		}
	}
	want := []node{
		{origin: "linux.devices[0]", path: "/dev/null", kind: unix.S_IFCHR, perm: 0o640, major: 1, minor: 3, uid: 5, gid: 5},
		{origin: "linux.devices[2]", path: "/disk", kind: unix.S_IFBLK, perm: 0o666, major: 8, minor: 1},
		{origin: "linux.devices[3]", path: "/dev/pipe", kind: unix.S_IFIFO, perm: 0o666},
		{origin: "linux.devices[4]", path: "/dev/tape", kind: unix.S_IFCHR, perm: 0o666, major: 9},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNeeded(t *testing.T) {
	tests := []struct {
		mount specs.Mount
		want  bool
	}{
		{specs.Mount{Destination: "/dev", Type: "tmpfs", Options: []string{"nosuid"}}, true},
		{specs.Mount{Destination: "/dev", Options: []string{"ro", "bind"}}, false},
		{specs.Mount{Destination: "/dev/", Options: []string{"rbind"}}, false},
		{specs.Mount{Destination: "dev", Options: []string{"rbind"}}, false},
		{specs.Mount{Destination: "/dev/shm", Options: []string{"rbind"}}, true},
		{specs.Mount{Destination: "/", Options: []string{"rbind"}}, true},
	}
	for _, test := range tests {
		if got := needed([]specs.Mount{test.mount}); got != test.want {
			t.Errorf("Needed(%v) = %v, want %v", test.mount, got, test.want)
		}
	}
	if !needed(nil) {
		t.Error("Needed(nil) = false")
	}
}

// file describes what lies at a path: kind and permissions, device, owner,
// and target if it is a link.
type file struct {
	Mode         uint32
	Major, Minor uint32
	UID, GID     uint32
	Target       string
}

func look(t *testing.T, path string) file {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Errorf("%s: %v", path, err)
		return file{}
	}
	f := file{Mode: st.Mode, UID: st.Uid, GID: st.Gid, Major: unix.Major(st.Rdev), Minor: unix.Minor(st.Rdev)}
	f.Target, _ = os.Readlink(path)
	return f
}

// tree returns the names of everything below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		names = append(names, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
