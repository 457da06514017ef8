package engines

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// startShimDocker starts a Docker daemon whose containers run with rt's shim by default.
func startShimDocker(t *testing.T, flags ...string) *engine {
	t.Helper()
	needEngine(t)
	offerShim(t)
	e := newDocker(t)
	e.serveDocker(t, "{}")
	old := dockerVersion(t, e) < 23
	e.importImage(t)
	if old {
		e.fails(t, 125, "Unknown runtime", "run", "--rm", "--runtime", shimRuntime, image, "true")
		t.Skip("Docker runs other shims than runc's since version 23")
	}
	e.prints(t, "by name", "run", "--rm", "--runtime", shimRuntime, image, "echo", "by name")
	e.stopDocker(t)
	e.serveDocker(t, dockerShimConfig, flags...)
	return e
}

// dockerShimConfig makes the shim's the default runtime. Containers outlive the daemon.
const dockerShimConfig = `{"runtimes": {"rt": {"runtimeType": "` + shimRuntime + `"}}, "default-runtime": "rt", "live-restore": true}`

// stopDocker ends the daemon.
func (e *engine) stopDocker(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(e.path("pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(pid, unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !poll(func() bool { return unix.Kill(pid, 0) != nil }) {
		t.Fatal("the daemon does not end")
	}
}

func TestShimDocker(t *testing.T) {
	e := startShimDocker(t)
	e.prints(t, "rt", "info", "--format={{.DefaultRuntime}}")
	runTutorial(t, e)
	dockerExitCodes(t, e)
	e.removeContainers(t)
	runDockerLife(t, e)
	e.removeContainers(t)
	checkShimGone(t)
}

// TestShimDockerLives has containers that outlive the daemon: one runs on, whose output
// waits, and one ends meanwhile. (Docker drops the output of that one, with runc too.)
func TestShimDockerLives(t *testing.T) {
	e := startShimDocker(t)
	e.ok(t, "run", "-d", "--name=demo", image, "sh", "-c", "echo begun; trap 'echo bye; exit 5' TERM; sleep 3; echo meanwhile; while :; do sleep 0.1; done")
	e.ok(t, "run", "-d", "--name=ends", image, "sh", "-c", "sleep 3; exit 7")
	e.stopDocker(t)
	time.Sleep(4 * time.Second)
	if pids := shims(t); len(pids) == 0 {
		t.Error("the shims have not outlived the daemon")
	}
	e.serveDocker(t, dockerShimConfig)
	e.prints(t, "in", "exec", "demo", "echo", "in")
	e.await(t, "exited 7", "inspect", "--format={{.State.Status}} {{.State.ExitCode}}", "ends")
	e.await(t, "begun\nmeanwhile", "logs", "demo")
	e.ok(t, "stop", "demo")
	e.prints(t, "5", "wait", "demo")
	e.prints(t, "begun\nmeanwhile\nbye", "logs", "demo")
	e.removeContainers(t)
	checkShimGone(t)
}
