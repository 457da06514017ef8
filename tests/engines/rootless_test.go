package engines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The user that engines without root run as. The machine does not know it:
// its entries are in files that are mounted over those of the room.
const (
	userName = "rt-engine-user"
	userID   = 54321
)

// userFiles are the lines that the user needs in files of /etc: an account, one
// group more than its own, and ids for user namespaces.
var userFiles = map[string]string{
	"/etc/passwd": userName + ":x:54321:54321::/:/bin/sh\n",
	"/etc/group":  userName + ":x:54321:\nrt-engine-extra:x:54322:" + userName + "\n",
	"/etc/subuid": userName + ":600000:65536\n",
	"/etc/subgid": userName + ":600000:65536\n",
}

// addUser lets the room know the user until the end of the test.
func (e *engine) addUser(t *testing.T) {
	t.Helper()
	for path, lines := range userFiles {
		old, err := os.ReadFile(path)
		if err != nil {
			t.Skipf("needs %s (Debian: passwd, uidmap): %v", path, err)
		}
		file := e.write(t, filepath.Base(path), string(old)+lines)
		if err := unix.Mount(file, path, "", unix.MS_BIND, ""); err != nil {
			t.Fatalf("mount on %s: %v", path, err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
				t.Errorf("unmount %s: %v", path, err)
			}
		})
	}
}

// newRootlessPodman makes a Podman of the user.
func newRootlessPodman(t *testing.T) *engine {
	t.Helper()
	needEngine(t, "podman", "conmon", "newuidmap", "setpriv")
	e := newEngine(t, "setpriv", "--reuid="+userName, "--regid="+userName, "--init-groups", "podman")
	e.addUser(t)
	home, runtimeDir := e.path("home"), e.path("xdg")
	for _, dir := range []string{home, runtimeDir} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, userID, userID); err != nil {
			t.Fatal(err)
		}
	}
	e.configureContainers(t, home)
	e.env = append(e.env, "XDG_RUNTIME_DIR="+runtimeDir)
	// The process that keeps the user's namespaces ends last.
	t.Cleanup(func() { e.ok(t, "system", "migrate") })
	t.Cleanup(func() { e.removePods(t) })
	e.importImage(t)
	return e
}

func TestRootlessPodman(t *testing.T) {
	e := newRootlessPodman(t)
	e.prints(t, "true rt", "info", "--format={{.Host.Security.Rootless}} {{.Host.OCIRuntime.Name}}")
	e.prints(t, "0\n0 54321 1\n1 600000 65536", script(idMap)...)
	e.fails(t, 7, "", script("exit 7")...)
	e.fails(t, 127, "executable file not found in $PATH", once(image, "no-such-program")...)
	e.fails(t, 126, "permission denied", once(image, "/etc/passwd")...)

	e.ok(t, "run", "-d", "--name=c", image, "sh", "-c", dutiful)
	e.await(t, "up", "logs", "c")
	e.fails(t, 4, "", "exec", "c", "sh", "-c", "exit 4")
	e.prints(t, "1000", "exec", "--user=user", "c", "id", "-u")
	e.prints(t, e.ok(t, "exec", "c", "sh", "-c", namespacesOf("pid", "ipc", "user")), script(namespacesOf("pid", "ipc", "user"), "--pid=container:c", "--ipc=container:c", "--userns=container:c")...)
	e.ok(t, "stop", "c")
	e.prints(t, "exited 3", stateOf("c")...)
}

// Conmon makes the socket that it takes a terminal from in /tmp.
func TestRootlessPodmanTerminal(t *testing.T) {
	e := newRootlessPodman(t)
	if st, err := os.Stat("/tmp"); err != nil || st.Mode().Perm()&0o002 == 0 {
		t.Skip("needs a /tmp that everybody may write to")
	}
	if got := e.terminal(t, "", once("-ti", image, "tty")...); got.stdout != "/dev/pts/0\n" {
		t.Errorf("podman run -ti: %+v", got)
	}
	e.ok(t, "run", "-d", "--name=c", image, "sleep", "1000")
	if got := e.terminal(t, "", "exec", "-ti", "c", "tty"); got.stdout != "/dev/pts/0\n" {
		t.Errorf("podman exec -ti: %+v", got)
	}
}

func TestRootlessPodmanUserNamespaces(t *testing.T) {
	e := newRootlessPodman(t)
	for _, x := range []struct{ flags, want string }{
		{"--userns=keep-id", "54321\n0 1 54321\n54321 0 1\n54322 54322 11215"},
		{"--userns=nomap", "0\n0 1 65536"},
		{"--userns=auto:size=100", "0\n0 1 100"},
		{"--uidmap=0:1:100 --gidmap=0:1:100", "0\n0 1 100"},
	} {
		e.prints(t, x.want, script(idMap, strings.Fields(x.flags)...)...)
	}
	// The user's own groups, which no one but the host's root could set.
	e.prints(t, "0 65534", script("id -G", "--group-add=keep-groups")...)
	e.prints(t, "0", script("id -G")...)

	e.needPods(t)
	e.ok(t, "pod", "create", "--name=p", "--userns=keep-id")
	e.prints(t, "54321\n0 1 54321\n54321 0 1\n54322 54322 11215", "run", "--rm", "--pod=p", image, "sh", "-c", idMap)
}

func TestRootlessPodmanVolumes(t *testing.T) {
	e := newRootlessPodman(t)
	volume := e.path("home/volume")
	if err := os.Mkdir(volume, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(volume, userID, userID); err != nil {
		t.Fatal(err)
	}
	e.prints(t, "0", script("touch /v/file && stat -c %u /v/file", "-v", volume+":/v")...)
	e.fails(t, 1, "Read-only file system", script("touch /v/new", "-v", volume+":/v:ro")...)
	e.prints(t, "1000", script("touch /v/mine && stat -c %u /v/mine", "-v", volume+":/v:U", "--user=user")...)
	// That takes the host's root, and the error says what was not permitted.
	e.fails(t, 126, "map the ids of the mount: operation not permitted", script("true", "-v", volume+":/v:idmap", "--userns=keep-id")...)

	e.prints(t, "ok", script("touch /new 2>/dev/null || echo ok", "--read-only")...)
	e.prints(t, "2", script("head -c 2 /dev/z | wc -c", "--device=/dev/zero:/dev/z")...)
	e.prints(t, "1", script("cat /proc/sys/net/ipv4/ip_forward", "--sysctl=net.ipv4.ip_forward=1")...)
	e.prints(t, "/run/podman-init", script("readlink /proc/1/exe", "--init")...)
}
