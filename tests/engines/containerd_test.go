package engines

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// ctrNamespace is the namespace of containerd that the tests work in.
const ctrNamespace = "rt-test"

// startContainerd starts a containerd and imports the image.
func startContainerd(t *testing.T) *engine {
	t.Helper()
	return startContainerdWith(t, `disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"]`)
}

// containerdVersion returns the first number of the version of containerd.
func containerdVersion(t *testing.T) int {
	t.Helper()
	needEngine(t, "containerd", "ctr")
	return need.MajorVersion(t, "containerd")
}

// startContainerdWith starts one with more in its configuration.
func startContainerdWith(t *testing.T, more string) *engine {
	t.Helper()
	// Containerd 2 reads the configuration of before as well, and says that it is old.
	version, local := 2, []string{}
	if containerdVersion(t) >= 2 {
		version, local = 3, []string{"--local"} // its transfer service unpacks for configured snapshotters only
	}
	e := newEngine(t)
	socket := e.path("containerd.sock")
	e.start = []string{"ctr", "--address", socket, "--namespace", ctrNamespace}
	e.env = append(e.env, "CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1") // that cgroup v1 is old
	config := e.write(t, "config.toml", fmt.Sprintf(`
version = %d
root = %q
state = %q
%s
[grpc]
  address = %q
[plugins."io.containerd.internal.v1.opt"]
  path = %q
`, version, e.path("root"), e.path("state"), more, socket, e.path("opt")))
	e.startDaemon(t, func() bool { return e.run(t, "version").status == 0 }, "containerd", "--config", config, "--log-level", "warn")
	t.Cleanup(func() { e.removeTasks(t) })
	archive := e.write(t, "image.tar", string(imageArchive(t)))
	e.ok(t, append(append([]string{"image", "import", "--snapshotter", "native"}, local...), archive)...)
	return e
}

// removeTasks removes all containers, and those whose task still runs by force. A
// daemon that a test has started anew is gone already.
func (e *engine) removeTasks(t *testing.T) {
	if e.run(t, "version").status != 0 {
		return
	}
	for _, id := range strings.Fields(e.ok(t, "tasks", "ls", "-q")) {
		_ = e.run(t, "tasks", "delete", "--force", id)
	}
	for _, id := range strings.Fields(e.ok(t, "containers", "ls", "-q")) {
		_ = e.run(t, "containers", "delete", id)
	}
}

// ctrRun returns the arguments of ctr that run a container with rt. command is
// what it executes.
func (e *engine) ctrRun(id string, flags []string, command ...string) []string {
	args := []string{"run", "--runc-binary", binary, "--snapshotter", "native", "--cgroup", e.cgroupParent() + "/" + id}
	return append(append(append(args, flags...), image, id), command...)
}

// TestContainerdKubernetes has a containerd that offers rt to Kubernetes.
func TestContainerdKubernetes(t *testing.T) {
	plugin, id := "io.containerd.grpc.v1.cri", "cri"
	if containerdVersion(t) >= 2 {
		plugin, id = "io.containerd.cri.v1.runtime", "runtime"
	}
	e := startContainerdWith(t, fmt.Sprintf(`
[plugins.%[1]q.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins.%[1]q.containerd.runtimes.rt]
  runtime_type = "io.containerd.runc.v2"
  [plugins.%[1]q.containerd.runtimes.rt.options]
    BinaryName = %[2]q
`, plugin, binary))
	for _, id := range []string{id, "cri"} {
		got := e.ok(t, "plugins", "ls", "id=="+id)
		if f := strings.Fields(got); f[len(f)-1] != "ok" {
			t.Errorf("the plugin for Kubernetes: %s", got)
		}
	}
}

func TestContainerdExamples(t *testing.T) {
	e := startContainerd(t)
	volume := filepath.Dir(e.write(t, "volume/file", "of the host"))
	seccomp := e.write(t, "seccomp.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}`)
	examples := []example{
		{name: "output", script: "echo out", want: "out"},
		{name: "status", script: "exit 42", status: 42},
		{name: "directory", flags: []string{"--cwd=/tmp"}, script: "pwd", want: "/tmp"},
		{name: "environment", flags: []string{"--env=A=b c"}, script: `echo "$A"`, want: "b c"},
		{name: "capability", flags: []string{"--cap-drop=CAP_CHOWN"}, script: "touch /f; chown 1 /f 2>&1 || echo refused", want: "chown: /f: Operation not permitted\nrefused"},
		{name: "privileged", flags: []string{"--privileged"}, script: missingCapabilities(t), want: "0"},
		{name: "no new privileges", script: status("NoNewPrivs"), want: "1"},
		{name: "new privileges", flags: []string{"--allow-new-privs"}, script: status("NoNewPrivs"), want: "0"},
		{name: "read-only", flags: []string{"--read-only"}, script: "touch /x 2>&1", want: "touch: /x: Read-only file system", status: 1},
		{name: "volume", flags: []string{"--mount=type=bind,src=" + volume + ",dst=/v,options=rbind:ro"}, script: "cat /v/file; touch /v/x || echo refused", want: "of the hostrefused"},
		{name: "tmpfs", flags: []string{"--mount=type=tmpfs,src=tmpfs,dst=/t,options=size=1m:noexec"}, script: "grep -c ' /t tmpfs .*noexec.*size=1024k' /proc/mounts", want: "1"},
		{name: "seccomp profile", flags: []string{"--seccomp", "--seccomp-profile=" + seccomp}, script: status("Seccomp") + "; mkdir /d 2>/dev/null || echo refused", want: "2\nrefused"},
		{name: "memory", flags: []string{"--memory-limit=20971520"}, script: "true", want: ""},
		{name: "device", flags: []string{"--device=/dev/full"}, script: "head -c 3 /dev/full | wc -c", want: "3"},
		{name: "user namespace", flags: []string{"--uidmap=0:300000:65536", "--gidmap=0:300000:65536"}, script: "id -u; tr -s ' ' < /proc/self/uid_map; touch /f && stat -c %u /f", want: "0\n 0 300000 65536\n0"},
		{name: "host network", flags: []string{"--net-host"}, script: "readlink /proc/self/ns/net", want: namespaceOf(t, "net")},
	}
	for _, x := range examples {
		t.Run(x.name, func(t *testing.T) {
			r := e.run(t, e.ctrRun("one", append(x.flags, "--rm"), "sh", "-c", x.script)...)
			if got := strings.TrimSpace(r.stdout); got != x.want || r.status != x.status {
				t.Errorf("status %d, want %d; output %q, want %q\n%s", r.status, x.status, got, x.want, r.stderr)
			}
		})
	}
}

// namespaceOf returns the name of a namespace of the tests.
func namespaceOf(t *testing.T, kind string) string {
	t.Helper()
	link, err := os.Readlink("/proc/self/ns/" + kind)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func TestContainerdLife(t *testing.T) {
	e := startContainerd(t)
	e.ok(t, e.ctrRun("demo", []string{"--detach"}, "sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.1; done")...)
	state := func() string {
		for line := range strings.Lines(e.ok(t, "tasks", "ls")) {
			if f := strings.Fields(line); f[0] == "demo" {
				return f[2]
			}
		}
		return ""
	}
	is := func(want string) {
		t.Helper()
		if !poll(func() bool { return state() == want }) {
			t.Fatalf("the task is %s, not %s", state(), want)
		}
	}
	is("RUNNING")
	e.prints(t, "in", "tasks", "exec", "--exec-id", "e1", "demo", "echo", "in")
	e.fails(t, 9, "", "tasks", "exec", "--exec-id", "e2", "demo", "sh", "-c", "exit 9")
	e.fails(t, 1, "executable file not found", "tasks", "exec", "--exec-id", "e3", "demo", "no-such-program")
	r := e.terminal(t, "", "tasks", "exec", "--exec-id", "e4", "--tty", "demo", "sh", "-c", "tty; sleep 1; stty size")
	if r.stdout != "/dev/pts/0\n33 77\n" {
		t.Errorf("exec --tty: %+v", r)
	}
	e.ok(t, "tasks", "pause", "demo")
	is("PAUSED")
	e.ok(t, "tasks", "resume", "demo")
	is("RUNNING")
	if got := e.ok(t, "tasks", "metrics", "demo"); !strings.Contains(got, "memory.usage_in_bytes") && !strings.Contains(got, "memory.usage") {
		t.Errorf("metrics: %s", got)
	}
	e.ok(t, "tasks", "kill", "-s", "SIGTERM", "demo")
	is("STOPPED")
	if r := e.run(t, "tasks", "delete", "demo"); r.status != 5 && !strings.Contains(r.stderr, "exit code 5") {
		t.Errorf("tasks delete: %+v, want status 5", r)
	}
	e.ok(t, "containers", "delete", "demo")
}

// TestContainerdTerminal has a container with a terminal of its own.
func TestContainerdTerminal(t *testing.T) {
	e := startContainerd(t)
	r := e.terminal(t, "", e.ctrRun("one", []string{"--rm", "--tty"}, "sh", "-c", "tty; exit 4")...)
	if r.stdout != "/dev/pts/0\n" || r.status != 4 {
		t.Errorf("ctr run --tty: %+v", r)
	}
}

// TestContainerdFailures has containers that cannot start, and their like
// starts right after.
func TestContainerdFailures(t *testing.T) {
	e := startContainerd(t)
	for range 3 {
		e.fails(t, 1, `exec: "no-such-program": executable file not found in $PATH`, e.ctrRun("one", []string{"--rm"}, "no-such-program")...)
	}
	e.fails(t, 1, "no such file or directory", e.ctrRun("one", []string{"--rm", "--mount=type=bind,src=/no/such,dst=/v,options=rbind"}, "true")...)
	e.ok(t, e.ctrRun("one", []string{"--rm"}, "true")...)
}

// A container that cannot be saved goes on, and the user hears why.
func TestContainerdCheckpoint(t *testing.T) {
	e := startContainerd(t)
	e.ok(t, e.ctrRun("demo", []string{"--detach"}, "top")...)
	checkpoint := []string{"tasks", "checkpoint", "--image-path", e.path("images"), "--work-path", e.path("work"), "demo"}
	if exec.Command(need.Program(t, "criu"), "check").Run() != nil {
		e.fails(t, 1, "rt: criu", checkpoint...)
		e.prints(t, "on", "tasks", "exec", "--exec-id", "e1", "demo", "echo", "on")
		t.Skip("needs a CRIU that knows this kernel")
	}
	e.ok(t, checkpoint...)
	if images, _ := filepath.Glob(e.path("images/core-*.img")); len(images) == 0 {
		t.Error("no image of a process")
	}
}

// TestContainerdRestore makes an image of a running container, and another
// container of that.
func TestContainerdRestore(t *testing.T) {
	e := startContainerd(t)
	needCRIU(t)
	e.ok(t, e.ctrRun("demo", []string{"--detach"}, "sh", "-c", counting)...)
	exec := func(container string) []string {
		return []string{"tasks", "exec", "--exec-id", "e", container, "cat", "/dev/shm/n"}
	}
	if !poll(func() bool { return len(e.run(t, exec("demo")...).stdout) > 3 }) { // three digits
		t.Fatal("it does not count")
	}
	const saved = "localhost/saved:1"
	e.ok(t, "containers", "checkpoint", "--task", "--rw", "--image", "demo", saved)
	e.ok(t, "tasks", "delete", "--force", "demo")
	e.ok(t, "containers", "delete", "demo")
	e.ok(t, "containers", "restore", "--rw", "--live", "demo2", saved)
	if got := e.ok(t, exec("demo2")...); len(got) < 3 {
		t.Errorf("restored, it counts %s", got)
	}
}
