package script

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/reliability"
	"golang.org/x/sys/unix"
)

// odd is something that lies in a state directory, or in the directory of a container,
// and that no rt has put there.
type odd struct {
	name string
	make func(path string) error
}

// odds are all that a name can be.
func odds() []odd {
	text := func(s string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(s), 0o600) }
	}
	link := func(to string) func(string) error {
		return func(path string) error { return os.Symlink(to, path) }
	}
	return []odd{
		{"empty", text("")},
		{"truncated", text(`{"version":1,"id":"trunc`)},
		{"future", text(`{"version":99,"id":"x"}`)},
		{"foreign", text(`{"id":"x","init_process_pid":1,"config":{"rootfs":"/"}}`)},
		{"null", text("null")},
		{"binary", text(strings.Repeat("\xff\x00", 5000))},
		{"nested", text(strings.Repeat("[", 200_000))},
		{"huge", func(path string) error { return hole(path, 1<<40) }},
		{"fifo", func(path string) error { return unix.Mkfifo(path, 0o600) }},
		{"socket", socketAt},
		{"device", func(path string) error { return unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) }},
		{"directory", func(path string) error { return os.MkdirAll(path+"/x/y", 0o700) }},
		{"endless", link("/dev/zero")},
		{"itself", func(path string) error { return os.Symlink(filepath.Base(path), path) }},
		{"loop", link("../..")},
		{"dangling", link("/nonexistent/x")},
		{"unreadable", func(path string) error { return os.WriteFile(path, []byte("x"), 0) }},
	}
}

func hole(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Truncate(size)
}

func socketAt(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}

// TestHostileStateDirectory: whatever lies in the state directory, no command hangs or
// crashes, those that look say one line about it, "list" shows the others, and "delete
// --force" frees the id. It removes nothing but what has that name.
func TestHostileStateDirectory(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	f.mustRT(runC1...)
	kept := filepath.Join(f.mark.Dir, "kept")
	for _, name := range []string{"state.json", "config.json", "start.sock"} {
		if err := os.MkdirAll(filepath.Join(kept, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	tried := 1
	for i, o := range odds() {
		f.lookAt(o.name+" as id", func(path string) error { return o.make(path) })
		tried++
		for j, file := range []string{"state.json", "config.json", ".state.json", "start.sock"} {
			if !need.Sampled(i+j, 3) {
				continue
			}
			tried++
			f.lookAt(o.name+" as "+file, func(path string) error {
				if err := os.Mkdir(path, 0o700); err != nil {
					return err
				}
				if file == "config.json" { // which is read if the state is bad
					if err := os.WriteFile(path+"/state.json", []byte("bad"), 0o600); err != nil {
						return err
					}
				}
				return o.make(path + "/" + file)
			})
		}
	}
	reliability.Record(t, tried)
	f.lookAt("link to a directory", func(path string) error { return os.Symlink(kept, path) })
	if left, err := os.ReadDir(kept); err != nil || len(left) != 3 {
		t.Errorf("what a link led to has changed: %v, %v", left, err)
	}
	f.mustRT(forceC1...)
}

// lookAt has all commands look at something odd with a container's name.
func (f *fixture) lookAt(what string, make func(path string) error) {
	f.t.Helper()
	path := filepath.Join(f.mark.State, "odd")
	if err := make(path); err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
	for _, args := range [][]string{{"state", "odd"}, {"kill", "odd"}, {"ps", "odd"}, {"exec", "odd", "true"}, {"start", "odd"},
		{"pause", "odd"}, {"resume", "odd"}, {"update", "--memory", "9000000", "odd"}, {"events", "--stats", "odd"}, {"delete", "odd"}} {
		out, status := f.inTime(args...)
		if args[0] == "exec" && status == 255 {
			status = 1 // which could be the program's
		}
		if line, more, _ := strings.Cut(out, "\n"); status != 1 || !strings.HasPrefix(line, "rt: ") || more != "" {
			f.t.Errorf("%s: %q: exit status %d: %s", what, args, status, out)
		}
	}
	if out, status := f.inTime("list", "--quiet"); status != 0 || !strings.Contains("\n"+out, "\nc1\n") {
		f.t.Errorf("%s: list: exit status %d: %s", what, status, out)
	}
	if out, status := f.inTime("delete", "--force", "odd"); status != 0 || strings.Count(out, "\n") > 1 {
		f.t.Errorf("%s: delete --force: exit status %d: %s", what, status, out)
	}
	if _, err := os.Lstat(path); err == nil {
		f.t.Errorf("%s: is still there after delete --force", what)
		_ = os.RemoveAll(path)
	}
}

// inTime is rt for a command that may hang, or read without end: its memory is bounded.
func (f *fixture) inTime(args ...string) (string, int) {
	f.t.Helper()
	cmd, out := f.command(args...)
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Args = append([]string{"sh", "-c", `ulimit -v 4000000; exec "$0" "$@"`, binary}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	hangs := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	if !hangs.Stop() {
		f.t.Errorf("%q hangs", args)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		f.t.Fatal(err)
	}
	return fmt.Sprintf("%.2000s", text), cmd.ProcessState.ExitCode()
}
