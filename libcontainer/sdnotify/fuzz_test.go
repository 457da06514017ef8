package sdnotify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// FuzzReceive has a container send anything to its socket, also descriptors. Only the line
// that says that it is ready counts, and no descriptor stays.
func FuzzReceive(f *testing.F) {
	for _, text := range []string{"READY=1", "READY=1\n", "STATUS=x\nREADY=1\nMAINPID=1", "READY=10", "\nREADY=1\x00", "", "xREADY=1", strings.Repeat("x\n", 2000) + "READY=1"} {
		f.Add([]byte(text), false)
	}
	f.Add([]byte("FDSTORE=1"), true)
	p, err := Listen("/nowhere", f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	defer p.Close()
	conn, err := newSocket()
	if err != nil {
		f.Fatal(err)
	}
	defer conn.Close()
	f.Fuzz(func(t *testing.T, message []byte, passes bool) {
		message = message[:min(len(message), 60<<10)] // what a socket takes at once
		var oob []byte
		if passes {
			oob = unix.UnixRights(int(conn.Fd()))
		}
		before := descriptors(t)
		if err := unix.Sendmsg(int(conn.Fd()), message, oob, &unix.SockaddrUnix{Name: p.path}, 0); err != nil {
			t.Fatal(err)
		}
		got, err := p.receive()
		want := slices.Contains(strings.Split(string(message[:min(len(message), 4096)]), "\n"), "READY=1")
		if got != want || err != nil {
			t.Errorf("%q: %v, %v", message, got, err)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors, %d before", after, before)
		}
	})
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// The container's socket is found where it is mounted from, and goes with the proxy.
func TestListen(t *testing.T) {
	dir := t.TempDir()
	p, err := Listen("/nowhere", dir)
	if err != nil {
		t.Fatal(err)
	}
	if list, _ := filepath.Glob(dir + "/*"); len(list) != 1 || list[0] != p.path {
		t.Errorf("%q", list)
	}
	p.Close()
	p.Close() // is harmless
	if list, _ := filepath.Glob(dir + "/*"); len(list) != 0 {
		t.Errorf("left: %q", list)
	}
}
