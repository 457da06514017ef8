package engines

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// startDocker starts a Docker daemon whose containers are rt's by default, and
// imports the image.
func startDocker(t *testing.T, flags ...string) *engine {
	t.Helper()
	e := newDocker(t)
	e.serveDocker(t, fmt.Sprintf(`{"runtimes": {"rt": {"path": %q}}, "default-runtime": "rt"}`, binary), flags...)
	e.importImage(t)
	return e
}

// newDocker returns the directory and the client of a daemon that is not started yet.
func newDocker(t *testing.T) *engine {
	t.Helper()
	needEngine(t, "dockerd", "docker", "containerd")
	e := newEngine(t)
	e.env = []string{"DOCKER_CONFIG=" + e.path("config"), "DOCKER_HOST=unix://" + e.path("docker.sock")}
	e.start = []string{"docker"}
	return e
}

// serveDocker starts the daemon, with this in its configuration file.
func (e *engine) serveDocker(t *testing.T, config string, flags ...string) {
	t.Helper()
	argv := append([]string{
		"dockerd", "--config-file", e.write(t, "daemon.json", config), "--host", e.env[1][len("DOCKER_HOST="):],
		"--data-root", e.path("data"), "--exec-root", e.path("exec"), "--pidfile", e.path("pid"),
		"--bridge=none", "--iptables=false", "--ip6tables=false",
		"--storage-driver", "vfs", "--log-level", "warn",
		"--cgroup-parent", e.cgroupParent(),
	}, flags...)
	// The daemon leaves the host's network namespace, for --network=host, and, if its
	// containers outlive it, its data mounted on themselves.
	t.Cleanup(func() {
		_ = unix.Unmount(e.path("exec/netns/default"), unix.MNT_DETACH)
		_ = unix.Unmount(e.path("data"), unix.MNT_DETACH)
	})
	e.startDaemon(t, func() bool { return e.run(t, "version").status == 0 }, argv...)
	t.Cleanup(func() { e.removeContainers(t) })
}

// removeContainers removes all containers: a daemon that ends while one is
// being removed leaves the rest of it for its next start. A daemon that a test has
// started anew is gone already.
func (e *engine) removeContainers(t *testing.T) {
	if e.run(t, "version").status != 0 {
		return
	}
	if ids := strings.Fields(e.ok(t, "ps", "-aq")); len(ids) > 0 {
		e.ok(t, append([]string{"rm", "-f"}, ids...)...)
	}
}

// importImage makes the image from its root file system.
func (e *engine) importImage(t *testing.T) {
	t.Helper()
	if r := e.runWith(t, string(rootfsTar(t)), "import", "-", image); r.status != 0 {
		t.Fatalf("import the image: %s", r.stderr)
	}
}

// TestDockerTutorial is what everybody tries first.
func TestDockerTutorial(t *testing.T) {
	e := startDocker(t)
	e.prints(t, "rt", "info", "--format={{.DefaultRuntime}}")
	runTutorial(t, e)
}

func TestDockerExitCodes(t *testing.T) { dockerExitCodes(t, startDocker(t)) }

func dockerExitCodes(t *testing.T, e *engine) {
	e.fails(t, 7, "", "run", "--rm", image, "sh", "-c", "exit 7")
	e.fails(t, 127, "executable file not found", "run", "--rm", image, "no-such-program")
	e.fails(t, 127, "no such file or directory", "run", "--rm", image, "/no/such/program")
	e.fails(t, 126, "permission denied", "run", "--rm", image, "/etc/passwd")
	e.fails(t, 126, "", "run", "--rm", image, "/etc")

	e.ok(t, "run", "-d", "--name=short", image, "sh", "-c", "echo out; echo err >&2; exit 3")
	e.await(t, "exited 3", "inspect", "--format={{.State.Status}} {{.State.ExitCode}}", "short")
	if got := e.run(t, "logs", "short"); got.stdout != "out\n" || got.stderr != "err\n" {
		t.Errorf("docker logs: %+v", got)
	}
}

func TestDockerExamples(t *testing.T) {
	e := startDocker(t)
	for name, examples := range map[string][]example{
		"process": processExamples, "confinement": confinementExamples, "namespaces": namespaceExamples, "files": fileExamples,
	} {
		t.Run(name, func(t *testing.T) { runExamples(t, e, examples) })
	}
}
