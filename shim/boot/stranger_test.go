package boot

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Another local user cannot connect to the shim, which does what it is asked with all
// rights, nor put a socket of its own in the place of the shim's.
func TestStrangers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := t.TempDir()
	for up := dir; up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	umask := unix.Umask(0) // that of some engines
	defer unix.Umask(umask)
	for _, place := range []string{dir + "/made", dir} { // in one that others may enter, too
		address := socketAddress(place, "c", "n", "g")
		l, err := listen(address)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		path := strings.TrimPrefix(address, unixScheme)
		asStranger(t, func() {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer unix.Close(fd)
			if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); !errors.Is(err, unix.EACCES) {
				t.Errorf("connect: %v", err)
			}
			if err := unix.Unlink(path); !errors.Is(err, unix.EACCES) {
				t.Errorf("remove: %v", err)
			}
		})
	}
}

// asStranger calls f on a thread of another user, as far as files are concerned. The
// thread ends then.
func asStranger(t *testing.T, f func()) {
	t.Helper()
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}
