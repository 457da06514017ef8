package helper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// shell executes a script in the copy.
func shell(script string) func(*program.Builder) {
	return func(b *program.Builder) {
		b.Execve("/busybox", b.Strings([]string{"sh", "-c", "cd /data; " + script}), b.Pointers())
	}
}

// copyUp makes a tmpfs at /data of a rootfs that begins with what is there, and
// returns what the steps of after write then.
func copyUp(t *testing.T, rootfs string, after func(*program.Builder)) string {
	t.Helper()
	need.Root(t)
	busybox, err := os.ReadFile(need.Busybox(t))
	if err == nil {
		err = os.WriteFile(filepath.Join(rootfs, "busybox"), busybox, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	var root *mount.Root
	answer := func(conn *os.File, p *program.Program, number uint32, files []*os.File) error {
		q := root.Requests()[number]
		return Answer(conn, q, p.Origin(q.Step), files)
	}
	r := steps.Options{Cloneflags: unix.CLONE_NEWNS, Answer: answer}.Run(t, func(b *program.Builder) {
		b.Umask(0)
		root = mount.NewRoot(b, mount.RootConfig{Path: rootfs, OwnNamespace: true})
		root.Begin()
		m := specs.Mount{Destination: "/data", Type: "tmpfs", Options: []string{"tmpcopyup"}}
		if err := root.Mount(0, &m, "/"); err != nil {
			t.Fatal(err)
		}
		root.Pivot()
		after(b)
	})
	if r.Failure != "" {
		t.Fatal(r.Failure)
	}
	return r.Output
}

func write(t *testing.T, path, content string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(content), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestCopyMany copies more than one program can, and a deep tree.
func TestCopyMany(t *testing.T) {
	if testing.Short() {
		t.Skip("copies thousands of files, which takes minutes in an emulated guest")
	}
	rootfs := t.TempDir()
	want := 0
	for i := range 2*batch + 7 {
		write(t, fmt.Sprintf("%s/data/many/%d", rootfs, i), "x")
		want++
	}
	for i := range batch + 3 {
		if err := os.MkdirAll(fmt.Sprintf("%s/data/dirs/%d/sub", rootfs, i), 0o755); err != nil {
			t.Fatal(err)
		}
		want += 2
	}
	deep := rootfs + "/data/" + strings.Repeat("d/", 30)
	write(t, deep+"file", "deep")
	want += 30 + 1 + 2
	output := copyUp(t, rootfs, shell("/busybox find . -mindepth 1 | /busybox wc -l; /busybox cat "+strings.Repeat("d/", 30)+"file"))
	if output != fmt.Sprintf("%d\ndeep", want) {
		t.Errorf("got %q, want %d", output, want)
	}
}

// TestCopyAttrs copies extended attributes, where tmpfs has them.
func TestCopyAttrs(t *testing.T) {
	need.Root(t)
	rootfs := t.TempDir()
	write(t, rootfs+"/data/file", "x")
	write(t, rootfs+"/data/dir/file", "x")
	for _, path := range []string{"file", "dir", "dir/file"} {
		if err := unix.Setxattr(rootfs+"/data/"+path, "trusted.a", []byte("value of "+path), 0); err != nil {
			t.Skipf("needs a file system with extended attributes: %v", err)
		}
	}
	output := copyUp(t, rootfs, func(b *program.Builder) {
		for _, path := range []string{"file", "dir", "dir/file"} {
			buf := b.Buffer(64)
			fd := b.Openat(program.Cwd, "/data/"+path, unix.O_RDONLY).Result(path)
			n := b.Fgetxattr(fd, "trusted.a", buf, 64).Result("size")
			b.Call(unix.SYS_WRITE, program.Imm(1), buf, n)
		}
	})
	if want := "value of filevalue of dirvalue of dir/file"; output != want {
		t.Errorf("got %q, want %q", output, want)
	}
}

// TestCopyHostile: links and devices are copied, and links are not followed.
func TestCopyHostile(t *testing.T) {
	need.Root(t)
	dir := t.TempDir()
	rootfs, victim := filepath.Join(dir, "rootfs"), filepath.Join(dir, "victim")
	write(t, victim+"/secret", "secret")
	write(t, rootfs+"/data/dir/file", "x")
	for name, to := range map[string]string{"abs": victim, "rel": "../../victim", "file": victim + "/secret", "self": "."} {
		if err := os.Symlink(to, rootfs+"/data/"+name); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]uint32{"null": unix.S_IFCHR | 0o666, "sock": unix.S_IFSOCK | 0o755} {
		if err := unix.Mknod(rootfs+"/data/"+name, mode, int(unix.Mkdev(1, 3))); err != nil {
			t.Fatal(err)
		}
	}
	output := copyUp(t, rootfs, shell("/busybox find . -mindepth 1 | /busybox sort; /busybox readlink abs; /busybox cat abs/secret"))
	want := "./abs\n./dir\n./dir/file\n./file\n./null\n./rel\n./self\n./sock\n" + victim + "\n"
	if !strings.HasPrefix(output, want) || strings.Contains(output, "\nsecret") {
		t.Errorf("got %s\nwant %s", output, want)
	}
}

// TestCopyDevice: a device keeps its number, mode, owner and time.
func TestCopyDevice(t *testing.T) {
	need.Root(t)
	rootfs := t.TempDir()
	write(t, rootfs+"/data/dir/file", "x")
	node := rootfs + "/data/dir/node"
	err := unix.Mknod(node, unix.S_IFCHR|0o600, int(unix.Mkdev(259, 70000)))
	if err == nil {
		err = errors.Join(os.Chown(node, 5, 6), os.Chmod(node, 0o640), os.Chtimes(node, time.Unix(1, 0), time.Unix(12345, 678)))
	}
	if err != nil {
		t.Fatal(err)
	}
	output := copyUp(t, rootfs, shell("/busybox stat -c '%F %t:%T %a %u:%g %Y' dir/node"))
	if want := "character special file 103:11170 640 5:6 12345\n"; output != want {
		t.Errorf("got %q, want %q", output, want)
	}
}

func TestAppendDevice(t *testing.T) {
	e := entry{"d", "node", unix.DT_CHR}
	file := make([]byte, program.StatxSize)
	binary.NativeEndian.PutUint16(file[28:], unix.S_IFREG|0o644)
	block := make([]byte, program.StatxSize)
	binary.NativeEndian.PutUint16(block[28:], unix.S_IFBLK|0o644)
	for _, test := range []struct {
		content []byte
		want    int
		ok      bool
	}{{file, 0, true}, {block, 1, true}, {block[:100], 0, false}, {nil, 0, false}} {
		list, err := appendDevice(nil, e, test.content)
		if len(list) != test.want || (err == nil) != test.ok {
			t.Errorf("%d bytes: %v, %v", len(test.content), list, err)
		}
	}
}

func TestAppendEntries(t *testing.T) {
	record := func(kind byte, name string, size int) []byte {
		r := make([]byte, size)
		r[16], r[18] = byte(size), kind
		copy(r[19:], name)
		return r
	}
	join := func(records ...[]byte) (data []byte) {
		for _, r := range records {
			data = append(data, r...)
		}
		return data
	}
	tests := []struct {
		data []byte
		want []entry
		err  string
	}{
		{nil, nil, ""},
		{join(record(unix.DT_DIR, ".", 24), record(unix.DT_DIR, "..", 24), record(unix.DT_REG, "file", 24)), []entry{{"d", "file", unix.DT_REG}}, ""},
		{record(unix.DT_LNK, "a-longer-name", 40), []entry{{"d", "a-longer-name", unix.DT_LNK}}, ""},
		{record(unix.DT_UNKNOWN, "x", 24), nil, "list of d: the file system does not report the types of files"},
		{record(unix.DT_REG, "x", 24)[:22], nil, "list of d: record of 24 bytes"},
		{make([]byte, 24), nil, "list of d: record of 0 bytes"},
	}
	for _, test := range tests {
		got, err := appendEntries(nil, "d", test.data)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(entry{})); diff != "" || fmt.Sprint(err) != orNil(test.err) {
			t.Errorf("%q: %v\n%s", test.data, err, diff)
		}
	}
}

func orNil(text string) string {
	if text == "" {
		return "<nil>"
	}
	return text
}

func TestResultsFaults(t *testing.T) {
	for _, m := range []string{"", "1234567", "\x00\x00\x00\x00\x09\x00\x00\x00x", "\x05\x00\x00\x00\x01\x00\x00\x00x", "\x01\x00\x00\x00\x02\x00\x00\x00x"} {
		var r results
		if err := r.take([]byte(m), make([]entry, 1), make([]string, 1)); err == nil {
			t.Errorf("%q is taken", m)
		}
	}
}
