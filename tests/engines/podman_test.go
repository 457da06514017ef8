package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// podmanConfig is a containers.conf as a user would write it, and what keeps
// Podman away from networks and from systemd, whose cgroups and journal the
// tests do not use. Without limits of its own, Podman wants higher ones than a
// root has that is not allowed to raise any.
const podmanConfig = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "rt"
runtime_supports_json = ["rt"]

[engine.runtimes]
rt = ["%s"]
`

// newPodman makes a Podman whose containers are rt's by default, and imports
// the image. It keeps everything in the engine's directory and in the room's
// /run.
func newPodman(t *testing.T) *engine {
	t.Helper()
	needEngine(t, "podman", "conmon")
	e := newEngine(t, "podman")
	e.configureContainers(t, e.dir)
	coverContainers(t)
	t.Cleanup(removeLibpodCgroup(t))
	t.Cleanup(func() { e.removePods(t) })
	e.importImage(t)
	return e
}

// configureContainers writes what Podman and Buildah have in common: their
// configuration, and a home in this directory.
func (e *engine) configureContainers(t *testing.T, home string) {
	t.Helper()
	e.write(t, "policy.json", `{"default":[{"type":"insecureAcceptAnything"}]}`)
	e.env = []string{
		"HOME=" + home,
		"PODMAN_IGNORE_CGROUPSV1_WARNING=1", // of Podman 5
		"TMPDIR=" + home,
		"CONTAINERS_CONF=" + e.write(t, "containers.conf", fmt.Sprintf(podmanConfig, binary)),
		"CONTAINERS_REGISTRIES_CONF=" + e.write(t, "registries.conf", "unqualified-search-registries = []\n"),
		"CONTAINERS_STORAGE_CONF=" + e.write(t, "storage.conf", fmt.Sprintf(
			"[storage]\ndriver = \"vfs\"\ngraphroot = %q\nrunroot = %q\n", filepath.Join(home, "graph"), filepath.Join(home, "run"))),
	}
}

// coverContainers covers the one directory of root's that cannot be put
// elsewhere: what images were seen (containers-common's blob-info-cache).
func coverContainers(t *testing.T) {
	t.Helper()
	const dir = "/var/lib/containers"
	made := os.Mkdir(dir, 0o755) == nil
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		t.Fatalf("mount on %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
		if made {
			_ = os.Remove(dir)
		}
	})
}

// removePods removes all pods and containers.
func (e *engine) removePods(t *testing.T) {
	e.ok(t, "pod", "rm", "-fa", "-t", "0")
	e.ok(t, "rm", "-fa", "-t", "0")
}

// removeLibpodCgroup returns what removes the cgroup that Podman makes for
// everything and leaves, unless it is there already. One that is not empty
// stays, and fails the test.
func removeLibpodCgroup(t *testing.T) func() {
	patterns := []string{"/sys/fs/cgroup/libpod_parent", "/sys/fs/cgroup/*/libpod_parent"}
	find := func() (dirs []string) {
		for _, pattern := range patterns {
			found, _ := filepath.Glob(pattern)
			dirs = append(dirs, found...)
		}
		return dirs
	}
	if len(find()) > 0 {
		return func() {}
	}
	return func() {
		for _, dir := range find() {
			// A conmon may still be on its way out.
			if !poll(func() bool { _ = unix.Rmdir(filepath.Join(dir, "conmon")); return unix.Rmdir(dir) == nil }) {
				t.Errorf("left behind: %s", dir)
			}
		}
	}
}

// once is the beginning of a command that runs a container and removes it.
func once(flags ...string) []string {
	return append([]string{"run", "--rm"}, flags...)
}

// script is a command that runs a script in a container of its own.
func script(text string, flags ...string) []string {
	return append(once(flags...), image, "sh", "-c", text)
}

// TestPodmanTutorial is what everybody tries first.
func TestPodmanTutorial(t *testing.T) {
	e := newPodman(t)
	e.prints(t, "rt", "info", "--format={{.Host.OCIRuntime.Name}}")
	if got := e.ok(t, "info", "--format={{.Host.OCIRuntime.Version}}"); !strings.Contains(got, "\nrt version ") {
		t.Errorf("podman info has the runtime's version %q", got)
	}
	runTutorial(t, e)
}

// TestPodmanTerminal: an interactive container, with the size of the terminal
// and what is typed.
func TestPodmanTerminal(t *testing.T) {
	e := newPodman(t)
	got := e.terminal(t, "echo one$((1))\nstty size\nexit 5\n", once("-ti", image, "sh")...)
	if got.status != 5 || !strings.Contains(got.stdout, "one1\n") || !strings.Contains(got.stdout, fmt.Sprintf("%d %d\n", rows, cols)) {
		t.Errorf("podman run -ti: %+v", got)
	}
	if r := e.runWith(t, "typed\n", once("-i", image, "cat")...); r.stdout != "typed\n" {
		t.Errorf("podman run -i: %+v", r)
	}
}

func TestPodmanExitCodes(t *testing.T) {
	e := newPodman(t)
	e.fails(t, 125, "unknown flag", once("--no-such-flag", image)...)
	e.fails(t, 7, "", script("exit 7")...)
	missing := []struct {
		program string
		status  int
		text    string
	}{
		{"no-such-program", 127, `process.args[0]: exec: "no-such-program": executable file not found in $PATH`},
		{"/no/such/program", 127, `exec: "/no/such/program": stat /no/such/program: no such file or directory`},
		{"/etc/passwd", 126, `exec: "/etc/passwd": permission denied`},
		{"/etc", 126, `exec: "/etc": permission denied`},
	}
	e.ok(t, "run", "-d", "--name=running", image, "sleep", "1000")
	for _, m := range missing {
		e.fails(t, m.status, m.text, once(image, m.program)...)
		e.fails(t, m.status, m.text, "exec", "running", m.program)
		// Named by its path the runtime is not one that is asked for a log.
		e.fails(t, m.status, m.text, append([]string{"--runtime", binary}, once(image, m.program)...)...)
	}
	e.fails(t, 9, "", "exec", "running", "sh", "-c", "exit 9")
	// Any other error of the runtime is told as it is.
	e.fails(t, 126, "mounts[", once("-v", e.write(t, "file", "")+":/bin", image, "true")...)
}
