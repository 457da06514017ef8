package helper

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/mount"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// seqpacket returns both ends of a socket like the one between creator and
// init.
func seqpacket(t testing.TB) (ours, theirs *os.File) {
	t.Helper()
	ours, theirs, err := linux.Socketpair("ours", "theirs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { linux.Close([]*os.File{ours, theirs}) })
	return ours, theirs
}

// send sends a message with count copies of a file.
func send(t testing.TB, conn *os.File, message []byte, file *os.File, count int) error {
	t.Helper()
	var rights []byte
	if count > 0 {
		list := make([]int, count)
		for i := range list {
			list[i] = int(file.Fd())
		}
		rights = unix.UnixRights(list...)
	}
	return unix.Sendmsg(int(conn.Fd()), message, rights, nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
}

// TestReceiveHostile: what does not fit is an error, and no descriptor that
// came along stays open.
func TestReceiveHostile(t *testing.T) {
	tests := []struct {
		name    string
		message []byte
		files   int
		want    string
	}{
		{"fits", make([]byte, 8), 2, ""},
		{"too long", make([]byte, 9), 2, "more than 8 bytes"},
		{"too many descriptors", make([]byte, 8), 3, "more than 2"},
		{"far too many descriptors", make([]byte, 8), 250, "more than 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ours, theirs := seqpacket(t)
			before := leak.OpenDescriptors()
			if err := send(t, theirs, test.message, theirs, test.files); err != nil {
				t.Fatal(err)
			}
			n, files, err := Receive(ours, make([]byte, 8), 0)
			if test.want == "" {
				if n != 8 || len(files) != 2 || err != nil {
					t.Errorf("got %d bytes, %d descriptors, %v", n, len(files), err)
				}
				linux.Close(files)
			} else if err == nil || !strings.Contains(err.Error(), test.want) || n != 0 || files != nil {
				t.Errorf("got %d bytes, %d descriptors, %v, want %q", n, len(files), err, test.want)
			}
			if left := leak.OpenDescriptors().Since(before); left != nil {
				t.Errorf("left open: %q", left)
			}
		})
	}
}

// record is an entry of getdents64(2).
func record(kind byte, name string) []byte {
	size := 19 + len(name) + 1
	b := make([]byte, size)
	binary.NativeEndian.PutUint16(b[16:], uint16(size))
	b[18] = kind
	copy(b[19:], name)
	return b
}

// TestForgedList: a process that lists directories that are not there, ever
// deeper or ever more of them, comes to an end.
func TestForgedList(t *testing.T) {
	header := binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, 0), kindNames)
	var many []byte
	for range 1400 {
		many = append(many, record(unix.DT_DIR, strings.Repeat("n", 20))...)
	}
	tests := []struct {
		name, want string
		list       []byte
		times      int
	}{
		{"deep", "file name too long", record(unix.DT_DIR, strings.Repeat("d", 200)), 1},
		{"many", "more than 64 MiB of names", many, 2000},
		{"out", `"../../etc" is not the name`, record(unix.DT_DIR, "../../etc"), 1},
		{"nameless", `"" is not the name`, record(unix.DT_REG, ""), 1},
		{"record too long", "record of 65535 bytes", append(record(unix.DT_REG, "x")[:16], 0xff, 0xff, 8, 0, 0), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ours, theirs := seqpacket(t)
			done := make(chan error, 1)
			go func() {
				origin := program.Origin{Path: "mounts[0]"}
				done <- Answer(ours, mount.Request{Kind: mount.CopyUp}, origin, []*os.File{ours, ours})
				ours.Close()
			}()
			forge(theirs, append(header, test.list...), test.times)
			if err := <-done; err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// forge answers each program with the same message, so many times.
func forge(conn *os.File, message []byte, times int) {
	rights := unix.UnixRights(int(conn.Fd()), int(conn.Fd()))
	for {
		_, files, err := Receive(conn, make([]byte, 1), 0)
		linux.Close(files)
		if err != nil {
			return
		}
		for range times {
			if _, err := conn.Write(message); err != nil {
				return
			}
		}
		if unix.Sendmsg(int(conn.Fd()), []byte{0}, rights, nil, unix.MSG_NOSIGNAL) != nil {
			return
		}
	}
}

// FuzzAnswer answers a process that sends anything. The first byte of each
// message's part of the input is its length, the second how many descriptors
// come along.
func FuzzAnswer(f *testing.F) {
	names := append(make([]byte, 4), kindNames, 0, 0, 0)
	names = append(names, record(unix.DT_DIR, "sub")...)
	report := []byte{8, 0, 0xf0, 0xff, 0xff, 0xff, 1, 0, 0, 0}
	f.Add(byte(mount.CopyUp), append([]byte{byte(len(names)), 0}, append(names, 1, 2, 0)...))
	f.Add(byte(mount.CopyUp), report)
	f.Add(byte(mount.MakeFile), append(report, 1, 2, 0))
	f.Add(byte(mount.MakeLike), []byte{0, 2, 3, 250, 1, 1, 1})
	f.Fuzz(func(t *testing.T, kind byte, script []byte) {
		before := leak.OpenDescriptors()
		fuzzAnswer(t, mount.RequestKind(kind%4), script)
		if left := leak.OpenDescriptors().Since(before); left != nil {
			t.Errorf("left open: %q", left)
		}
	})
}

func fuzzAnswer(t *testing.T, kind mount.RequestKind, script []byte) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	defer ours.Close()
	root, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for len(script) >= 2 {
		size, count := min(int(script[0]), len(script)-2), int(script[1])
		if send(t, theirs, script[2:2+size], root, min(count, 250)) != nil {
			break // its buffer is full
		}
		script = script[2+size:]
	}
	_ = unix.Shutdown(int(theirs.Fd()), unix.SHUT_WR)
	defer theirs.Close()
	q := mount.Request{Kind: kind, Path: "a/b"}
	_ = Answer(ours, q, program.Origin{Path: "mounts[0]"}, []*os.File{root, root})
}

// TestReceiveLastWords: a program that fails while something is on its way to
// it is heard all the same.
func TestReceiveLastWords(t *testing.T) {
	ours, theirs := seqpacket(t)
	if _, err := ours.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	if err := send(t, theirs, make([]byte, 8), nil, 0); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	buf := make([]byte, 8)
	if n, _, err := Receive(ours, buf, 0); n != 8 || err != nil {
		t.Errorf("got %d bytes, %v", n, err)
	}
	if _, _, err := Receive(ours, buf, 0); err != ErrSilent {
		t.Errorf("then %v", err)
	}
}
