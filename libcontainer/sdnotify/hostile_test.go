package sdnotify

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// An ordinary user's container can write to the directory with its socket. While rt makes
// the socket, it keeps putting a link to a file of the user's in the socket's place, to
// which everybody would get access.
func TestSocketIsReplaced(t *testing.T) {
	dir := t.TempDir()
	victim, link := filepath.Join(dir, "victim"), filepath.Join(dir, "link")
	if err := os.WriteFile(victim, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_ = os.Symlink("victim", link)
				var st unix.Stat_t
				if unix.Lstat(dir+"/notify.sock", &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFSOCK {
					_ = os.Rename(link, dir+"/notify.sock")
				}
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	for began := time.Now(); time.Since(began) < time.Second; {
		if p, err := Listen("@nobody", dir); err == nil {
			p.Close()
		}
		if info, err := os.Stat(victim); err != nil || info.Mode() != 0o600 {
			t.Fatalf("a file of the host has mode %v, %v", info.Mode(), err)
		}
	}
}
