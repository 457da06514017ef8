package engines

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// dutiful is a script that ends with status 3 when it is told to terminate.
const dutiful = `trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done`

// stateOf is how a command asks for a container's status and exit code.
func stateOf(name string) []string {
	return []string{"inspect", "--format={{.State.Status}} {{.State.ExitCode}}", name}
}

func TestPodmanLife(t *testing.T) {
	e := newPodman(t)
	e.ok(t, "run", "-d", "--name=c", image, "sh", "-c", dutiful)
	e.await(t, "up", "logs", "c")
	e.ok(t, "stop", "c")
	e.prints(t, "exited 3", stateOf("c")...)
	e.prints(t, "up\nbye", "logs", "c")

	e.ok(t, "start", "c")
	e.await(t, "up\nbye\nup", "logs", "c")
	e.ok(t, "restart", "c")
	e.await(t, "up\nbye\nup\nbye\nup", "logs", "c")
	e.ok(t, "kill", "c")
	e.prints(t, "137", "wait", "c")
	e.ok(t, "rm", "c")

	// A container that fails is started again by the engine.
	e.fails(t, 4, "again", "run", "--name=c", "--restart=on-failure:2", image, "sh", "-c", "echo again; exit 4")
	e.await(t, "2", "inspect", "--format={{.RestartCount}}", "c") // Podman 5 returns before the last one
}

func TestPodmanLogs(t *testing.T) {
	e := newPodman(t)
	for _, driver := range []string{"k8s-file", "json-file"} {
		e.ok(t, "run", "--name", driver, "--log-driver", driver, image, "sh", "-c", "echo out; echo err >&2")
		if got := e.run(t, "logs", driver); got.stdout != "out\n" || got.stderr != "err\n" {
			t.Errorf("podman logs, %s: %+v", driver, got)
		}
	}
}

func TestPodmanPause(t *testing.T) {
	e := newPodman(t)
	e.ok(t, "run", "-d", "--name=c", image, "sh", "-c", dutiful)
	e.ok(t, "pause", "c")
	e.prints(t, "paused 0", stateOf("c")...)
	e.fails(t, 255, "container state improper", "exec", "c", "true")
	e.ok(t, "unpause", "c")
	e.prints(t, "running 0", stateOf("c")...)
	e.ok(t, "stop", "c")
	e.prints(t, "exited 3", stateOf("c")...)
	// One that is paused can be killed.
	e.ok(t, "start", "c")
	e.ok(t, "pause", "c")
	e.ok(t, "rm", "-f", "-t", "0", "c")
}

// limits prints a container's limits of memory, CPU time and processes.
const limits = `cd /sys/fs/cgroup
cat memory.max cpu.max pids.max 2>/dev/null ||
cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us pids/pids.max`

// words joins what is on several lines.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestPodmanLimits(t *testing.T) {
	e := newPodman(t)
	e.ok(t, "run", "-d", "--name=c", "--memory=64m", "--cpus=0.5", "--pids-limit=33", image, "sleep", "1000")
	if got := words(e.ok(t, "exec", "c", "sh", "-c", limits)); got != "67108864 50000 100000 33" {
		t.Errorf("limits %s", got)
	}
	e.ok(t, "update", "--memory=32m", "--cpus=0.25", "c")
	if got := words(e.ok(t, "exec", "c", "sh", "-c", limits)); got != "33554432 25000 100000 33" {
		t.Errorf("limits after update: %s", got)
	}
	e.prints(t, "1", "stats", "--no-stream", "--format={{.PIDs}}", "c")
	if got := words(e.ok(t, "top", "c", "pid", "args")); got != "PID COMMAND 1 sleep 1000" {
		t.Errorf("podman top: %s", got)
	}
}

// An example of what users see of a container that is out of memory. Conmon
// marks that in its working directory, which Debian 12's Podman does not choose
// but looks for it in the container's directory.
func TestPodmanOutOfMemory(t *testing.T) {
	e := newPodman(t)
	e.ok(t, "create", "--name=c", "--memory=16m", "--memory-swap=16m", image,
		"sh", "-c", `sh -c 'x=xx; while :; do x=$x$x; done'; sleep 1; exit 5`)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := e.command(ctx, "start", "--attach", "c")
	cmd.Dir = e.ok(t, "inspect", "--format={{.StaticDir}}", "c")
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 5 {
		t.Errorf("podman start: %v\n%s", cmd.ProcessState, out)
	}
	e.await(t, "true 5", "inspect", "--format={{.State.OOMKilled}} {{.State.ExitCode}}", "c")
}

func TestPodmanHealth(t *testing.T) {
	e := newPodman(t)
	e.ok(t, "run", "-d", "--name=c", "--health-cmd=test -e /tmp/ok", "--health-interval=disable", "--health-retries=1",
		image, "sleep", "1000")
	e.fails(t, 1, "unhealthy", "healthcheck", "run", "c")
	e.ok(t, "exec", "c", "touch", "/tmp/ok")
	e.ok(t, "healthcheck", "run", "c")
	e.prints(t, "healthy", "inspect", "--format={{.State.Health.Status}}", "c")
}

// A container that cannot be saved goes on, and the user hears why.
func TestPodmanCheckpoint(t *testing.T) {
	e := newPodman(t)
	e.ok(t, "run", "-d", "--name=c", image, "sh", "-c", dutiful)
	e.await(t, "up", "logs", "c")
	if exec.Command(need.Program(t, "criu"), "check").Run() != nil {
		e.fails(t, 125, "rt: criu", "container", "checkpoint", "c")
		e.prints(t, "running 0", stateOf("c")...)
		t.Skip("needs a CRIU that knows this kernel")
	}
	e.ok(t, "container", "checkpoint", "c")
	e.ok(t, "container", "restore", "c")
	e.prints(t, "running 0", stateOf("c")...)
	e.ok(t, "stop", "c")
	e.prints(t, "exited 3", stateOf("c")...)
}

// Descriptors and secrets reach the container, and its readiness the service
// manager.
func TestPodmanPasses(t *testing.T) {
	e := newPodman(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := e.command(ctx, once("--preserve-fds=1", image, "sh", "-c", "cat <&3")...)
	file, err := os.Open(e.write(t, "file", "from the third\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd.ExtraFiles = []*os.File{file}
	if out, err := cmd.CombinedOutput(); string(out) != "from the third\n" {
		t.Errorf("--preserve-fds: %v, %q", err, out)
	}

	e.ok(t, "secret", "create", "key", e.write(t, "key", "hidden"))
	e.prints(t, "hidden hidden", script(`echo $(cat /run/secrets/key) $KEY`, "--secret=key", "--secret=key,type=env,target=KEY")...)
}
