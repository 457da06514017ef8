package checkpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/pty"
	"golang.org/x/sys/unix"
)

func TestStreamsFile(t *testing.T) {
	dir := t.TempDir()
	if names, err := savedStreams(dir); names != nil || err != nil {
		t.Errorf("without a file: %q, %v", names, err)
	}
	want := []string{"/dev/null", "pipe:[1]", "file[1f:2a]"}
	if err := saveStreams(dir, want); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "descriptors.json"))
	if err != nil || string(data) != `["/dev/null","pipe:[1]","file[1f:2a]"]` {
		t.Errorf("file is %s, %v", data, err)
	}
	names, err := savedStreams(dir)
	if diff := cmp.Diff(want, names); diff != "" || err != nil {
		t.Errorf("read again (-want +got): %v\n%s", err, diff)
	}
	null := nullName()
	want = []string{null, "pipe:[1]", null, null}
	if err := saveStreams(dir, want[:3]); err != nil {
		t.Fatal(err)
	}
	names, err = savedStreams(dir)
	if diff := cmp.Diff(want, names); diff != "" || err != nil || !isFile(null) {
		t.Errorf("with the null device (-want +got): %v\n%s", err, diff)
	}
	if err := os.WriteFile(filepath.Join(dir, "descriptors.json"), []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if names, err := savedStreams(dir); err == nil || !strings.Contains(err.Error(), "descriptors.json") {
		t.Errorf("an object instead of a list: %q, %v", names, err)
	}
}

func TestInheritedStreams(t *testing.T) {
	var stdio [3]*os.File
	for i, flags := range []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR} {
		f, err := os.OpenFile(os.DevNull, flags, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		stdio[i] = f
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	tests := []struct{ names, want []string }{
		{nil, nil},
		// The null device, and what can be both if there is something, or else null.
		{[]string{"file[1:2]", "file[1:2]", "", "file[1:2]"}, []string{"ile[1:2] 3", "file[1:2] 3"}},
		{[]string{"file[1:2]", "", "file[1:2]", "file[1:2]"}, []string{"ile[1:2] 2", "file[1:2] 2"}},
		{[]string{"file[1:2]", "pipe:[1]", "", "file[1:2]"}, []string{"ile[1:2] 0", "file[1:2] 0", "pipe:[1] 1"}},
		{[]string{"file[9:9]", "file[9:9]", "", "file[1:2]"}, []string{"file[9:9] 0"}},
		{[]string{"/dev/null", "socket:[1]", ""}, nil},
		{[]string{"file[1:2]", "pipe:[1]", "pipe:[1]"}, []string{"ile[1:2] 0", "file[1:2] 0", "pipe:[1] 1"}},
		{[]string{"", "file[1:2]", "file[1:2]"}, []string{"ile[1:2] 1", "file[1:2] 1"}},
		{[]string{"file[1:2]", "file[1:2]", ""}, []string{"file[1:2] 0"}}, // neither can be both
		{[]string{"file[1:2]", "file[1:2]", "file[1:2]"}, []string{"ile[1:2] 2", "file[1:2] 2"}},
		{[]string{"tty[8800:1c]", "tty[8800:1c]", ""}, []string{"tty[8800:1c] 0"}},
		{[]string{"", "", "pipe:[9]", "pipe:[8]"}, []string{"pipe:[9] 2"}},
	}
	for _, tt := range tests {
		var got []string
		list, _ := inheritedStreams(tt.names, stdio, null)
		for _, d := range list {
			got = append(got, fmt.Sprint(d.Key, " ", slices.Index(append(stdio[:], null), d.File)))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.names, diff)
		}
	}
}

// TestStreamsAfterRestore: the next checkpoint needs the names of what there is then.
func TestStreamsAfterRestore(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	tests := []struct {
		names []string
		want  [3]*os.File
	}{
		{nil, [3]*os.File{r, w, w}},
		{[]string{"file[1:2]", "file[1:2]", "file[1:2]", "file[1:2]"}, [3]*os.File{null, null, null}},
		{[]string{"file[1:2]", "pipe:[1]", "file[1:2]", "file[1:2]"}, [3]*os.File{null, w, null}},
		{[]string{"file[1:2]", "pipe:[1]", "pipe:[2]", "file[1:2]"}, [3]*os.File{r, w, w}},
		{[]string{"", "", ""}, [3]*os.File{r, w, w}},
	}
	for _, tt := range tests {
		if _, got := inheritedStreams(tt.names, [3]*os.File{r, w, w}, null); got != tt.want {
			t.Errorf("%q: the container has %v, want %v", tt.names, got, tt.want)
		}
	}
}

func TestOutsideStreams(t *testing.T) {
	names := []string{"tty[8800:1c]", "pipe:[1]", "file[1:2]", ""}
	if got, err := externalStreams(names, false); err == nil {
		t.Errorf("a terminal without --shell-job: %q", got)
	}
	got, err := externalStreams(names, true)
	if diff := cmp.Diff([]string{"tty[8800:1c]", "file[1:2]"}, got); diff != "" || err != nil {
		t.Errorf("with it (-want +got): %v\n%s", err, diff)
	}
}

func TestStreamNames(t *testing.T) {
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := unix.Mkfifo(dir+"/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(path string, flags int) *os.File {
		f, err := os.OpenFile(path, flags, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	fifo, file, null := open(dir+"/fifo", os.O_RDWR), open(dir+"/file", os.O_CREATE|os.O_RDWR), open("/dev/null", os.O_RDWR)
	link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{link, nameByProc(t, fifo), nameByProc(t, file)}
	if diff := cmp.Diff(want, StreamNames([3]*os.File{r, fifo, file})); diff != "" {
		t.Errorf("pipe, fifo, file (-want +got):\n%s", diff)
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	socket, other := os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "other end")
	defer socket.Close()
	defer other.Close()
	want = []string{nameByProc(t, null), "", ""}
	if diff := cmp.Diff(want, StreamNames([3]*os.File{null, socket, nil})); diff != "" {
		t.Errorf("null, socket, none (-want +got):\n%s", diff)
	}
}

func TestTerminalName(t *testing.T) {
	master, peer, err := pty.Open(24, 80)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer peer.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(peer.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("tty[%x:%x]", st.Rdev, st.Dev)
	if got := StreamNames([3]*os.File{peer})[0]; got != want {
		t.Errorf("a terminal's name is %q, want %q", got, want)
	}
}

// nameByProc returns the name as CRIU makes it.
func nameByProc(t *testing.T, f *os.File) string {
	t.Helper()
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(info), "mnt_id:")
	var mount int
	if _, err := fmt.Sscan(rest, &mount); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("file[%x:%x]", mount, st.Ino)
}
