package engines

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// criImage is the image of pods' containers, by the name that the CRI plugin gives it.
const criImage = image + ":latest"

// pauseImage is what holds a pod's namespaces.
const pauseImage = "localhost/rt-pause:1"

// criSnapshotter maps an image's ids for a pod with a user namespace. The native one cannot.
const criSnapshotter = "overlayfs"

// startCRI starts a new containerd whose pods run with rt's shim. The engine's commands
// are those of crictl.
func startCRI(t *testing.T) *engine {
	t.Helper()
	return startCRIWith(t, "")
}

// startCRIWith gives the runtime these options, as a node's configuration has them.
func startCRIWith(t *testing.T, options string) *engine {
	t.Helper()
	needEngine(t)
	prependPath(t, need.Made(t, containerdVar, "make test-engines"))
	tools := need.Made(t, criToolsVar, "make test-engines")
	offerShim(t)
	e := startContainerdWith(t, criConfig(t)+options)
	ctr := e.start
	for name, archive := range map[string][]byte{
		// busybox's names are hard links, because critest masks one of them.
		"cri.tar":   archiveOf(t, criImage, rootfsLinked(t, tar.TypeLink, "bin/busybox"), "sh"),
		"pause.tar": archiveOf(t, pauseImage, rootfsTar(t), "tail", "-f", "/dev/null"),
	} {
		e.ok(t, "--namespace", "k8s.io", "image", "import", "--local", "--snapshotter", criSnapshotter, e.write(t, name, string(archive)))
	}
	e.start = []string{
		filepath.Join(tools, "crictl"), "--config", e.write(t, "crictl.yaml", "timeout: 30\n"),
		"--runtime-endpoint", "unix://" + e.path("containerd.sock"),
	}
	t.Cleanup(func() {
		e.removeSandboxes(t)
		e.start = ctr // with which the containerd's own clean-up works
	})
	return e
}

// criConfig is the part of containerd's configuration for Kubernetes. Roots that may not
// raise their own OOM score cannot do that for containers either.
func criConfig(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, plugins := t.TempDir(), t.TempDir()
	for _, plugin := range []string{"loopback", "rt-test"} {
		if err := os.Symlink(self, filepath.Join(plugins, plugin)); err != nil {
			t.Fatal(err)
		}
	}
	list := `{"cniVersion": "1.0.0", "name": "rt-test", "plugins": [{"type": "rt-test"}]}`
	if err := os.WriteFile(filepath.Join(dir, "rt-test.conflist"), []byte(list), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`
[plugins."io.containerd.cri.v1.images"]
  snapshotter = %[5]q
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = %[1]q
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = [%[2]q]
    conf_dir = %[4]q
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "rt"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.rt]
      runtime_type = %[3]q
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.rt.options]
`, pauseImage, plugins, shimRuntime, dir, criSnapshotter)
}

// removeSandboxes removes what a test that has failed may leave. A daemon that a test has
// started anew is gone already.
func (e *engine) removeSandboxes(t *testing.T) {
	if e.run(t, "version").status != 0 {
		return
	}
	for _, id := range strings.Fields(e.ok(t, "pods", "-q")) {
		_ = e.run(t, "rmp", "-f", id)
	}
}

// object is a part of a configuration.
type object map[string]any

func (e *engine) writeJSON(t *testing.T, name string, o object) string {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return e.write(t, name, string(data))
}

// pod is one that runs.
type pod struct {
	*engine
	id, config string
}

// runPod runs a pod with these namespace options. It is removed in the end of the test.
func (e *engine) runPod(t *testing.T, name string, namespaces object) *pod {
	t.Helper()
	p := &pod{engine: e}
	config := object{
		"metadata": object{"name": name, "namespace": "default", "uid": name}, "log_directory": e.path("logs"),
		"linux": object{"cgroup_parent": e.cgroupParent(), "security_context": object{"namespace_options": namespaces}},
	}
	if namespaces["network"] != ofNode {
		config["hostname"] = name
	}
	p.config = e.writeJSON(t, name+".json", config)
	p.id = e.ok(t, "runp", p.config)
	return p
}

// start starts a container in the pod, which executes this script. more is merged into
// its configuration.
func (p *pod) run(t *testing.T, name, script string, more object) string {
	t.Helper()
	c := object{
		"metadata": object{"name": name}, "image": object{"image": criImage}, "command": []string{"sh", "-c", script}, "log_path": name + ".log",
	}
	for key, value := range more {
		c[key] = value
	}
	id := p.ok(t, "create", p.id, p.writeJSON(t, name+".json", c), p.config)
	p.ok(t, "start", id)
	return id
}

// awaitState waits until a container is in this state, with its exit code and the reason.
func (e *engine) awaitState(t *testing.T, id, want string) {
	t.Helper()
	e.await(t, want, "inspect", "--output=go-template", "--template", "{{.status.state}} {{.status.exitCode}} {{.status.reason}}", id)
}

// remove stops and removes a pod. Its shim must be gone then.
func (p *pod) remove(t *testing.T) {
	t.Helper()
	p.ok(t, "stopp", p.id)
	p.ok(t, "rmp", p.id)
	checkShimGone(t)
}

// Values of a namespace's mode: the pod's, the container's own, and the node's.
const (
	ofPod       = 0
	ofContainer = 1
	ofNode      = 2
)

// TestShimCRI is what a kubelet does with a pod of two containers.
func TestShimCRI(t *testing.T) {
	e := startCRI(t)
	p := e.runPod(t, "pod", object{"network": ofPod, "pid": ofContainer})
	own := object{"security_context": object{"namespace_options": object{"pid": ofContainer}}}
	first := p.run(t, "first", "echo begun; "+untilTerm, object{"linux": own})
	second := p.run(t, "second", "exec sleep 1000", object{"linux": own})
	if pids := shims(t); len(pids) != 1 {
		t.Errorf("shims of one pod: %v", pids)
	}
	e.await(t, "begun", "logs", first)
	e.prints(t, "pod", "exec", "--sync", first, "hostname")
	e.fails(t, 1, "exited with 4", "exec", "--sync", first, "sh", "-c", "exit 4")
	e.fails(t, 1, "executable file not found", "exec", "--sync", first, "no-such-program")
	e.fails(t, 1, "timed out", "exec", "--sync", "--timeout=1", first, "sleep", "77")
	if got := e.ok(t, "exec", "--sync", first, "ps"); strings.Contains(got, "sleep 77") || strings.Contains(got, "sleep 1000") {
		t.Errorf("after a timeout the first container has\n%s", got)
	}
	e.prints(t, "1", "exec", "--sync", second, "sh", "-c", "ls -d /proc/[0-9]*/exe | grep -c '/1/'")
	for _, command := range []string{"stats", "statsp"} {
		if got := e.ok(t, command, "--output=json"); !strings.Contains(got, "workingSetBytes") {
			t.Errorf("%s: %s", command, got)
		}
	}
	e.ok(t, "stop", "--timeout=20", first)
	e.awaitState(t, first, "CONTAINER_EXITED 5 Error")
	e.ok(t, "rm", first)
	e.awaitState(t, second, "CONTAINER_RUNNING 0")
	p.remove(t)
}

// TestShimCRIStreams has the ways of a container's streams to a user.
func TestShimCRIStreams(t *testing.T) {
	e := startCRI(t)
	p := e.runPod(t, "pod", object{"network": ofPod})
	shell := p.run(t, "shell", "while read x; do echo got $x; done", object{"stdin": true})
	r := e.runWith(t, "one\ntwo\n", "exec", "-i", shell, "cat")
	if r.stdout != "one\ntwo\n" || r.status != 0 {
		t.Errorf("exec -i: %+v", r)
	}
	e.fails(t, 1, "exit code 9", "exec", shell, "sh", "-c", "exit 9")
	r = e.terminal(t, "", "exec", "-it", shell, "sh", "-c", "tty; sleep 1; stty size")
	if r.stdout != "/dev/pts/0\n33 77\n" {
		t.Errorf("exec -it: %+v", r)
	}
	e.converse(t, "hello\n", "got hello\n", "attach", "-i", shell)
	e.await(t, "got hello", "logs", shell)
	p.remove(t)
}

// converse runs a command that reads this and answers that, and then ends it. (crictl does
// not wait for an answer when its input has ended.)
func (e *engine) converse(t *testing.T, say, answer string, args ...string) {
	t.Helper()
	out, err := os.Create(e.path("answer"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := e.command(t.Context(), args...)
	cmd.Stdout = out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(in, say)
	heard := poll(func() bool { data, _ := os.ReadFile(out.Name()); return strings.Contains(string(data), answer) })
	in.Close()
	if err = errors.Join(err, cmd.Wait()); !heard || err != nil {
		t.Errorf("%v does not answer %q: %v", args, answer, err)
	}
}

// TestShimCRIForward reaches a server in a pod's network from outside.
func TestShimCRIForward(t *testing.T) {
	e := startCRI(t)
	p := e.runPod(t, "pod", object{"network": ofPod})
	web := p.run(t, "web", "mkdir /www; echo served > /www/index.html; exec httpd -f -p 80 -h /www", nil)
	e.awaitState(t, web, "CONTAINER_RUNNING 0")
	if got := p.forward(t, "80", "GET /index.html HTTP/1.0\r\n\r\n"); !strings.HasSuffix(got, "served\n") {
		t.Errorf("through the port: %q", got)
	}
	p.remove(t)
}

// TestShimCRIOutOfMemory has a container that is killed for that, and one that is killed.
func TestShimCRIOutOfMemory(t *testing.T) {
	e := startCRI(t)
	p := e.runPod(t, "pod", object{"network": ofPod})
	limited := object{"linux": object{"resources": object{"memory_limit_in_bytes": 20 << 20}}}
	eater := p.run(t, "eater", "x=a; while :; do x=$x$x; done", limited)
	e.awaitState(t, eater, "CONTAINER_EXITED 137 OOMKilled")
	other := p.run(t, "other", "kill -KILL $$", limited)
	e.awaitState(t, other, "CONTAINER_EXITED 137 Error")
	p.remove(t)
}

// TestShimCRINamespaces has pods that share more than the usual, and less.
func TestShimCRINamespaces(t *testing.T) {
	e := startCRI(t)
	t.Run("shared processes", func(t *testing.T) {
		p := e.runPod(t, "shared", object{"network": ofPod, "pid": ofPod})
		share := object{"linux": object{"security_context": object{"namespace_options": object{"pid": ofPod}}}}
		p.run(t, "first", "exec sleep 1000", share)
		second := p.run(t, "second", "exec sleep 2000", share)
		if got := e.ok(t, "exec", "--sync", second, "ps"); !strings.Contains(got, "sleep 1000") || !strings.Contains(got, "tail -f") {
			t.Errorf("the second container has\n%s", got)
		}
		e.ok(t, "stop", "--timeout=0", second)
		e.awaitState(t, second, "CONTAINER_EXITED 137 Error")
		p.remove(t)
	})
	t.Run("host's network", func(t *testing.T) {
		p := e.runPod(t, "node", object{"network": ofNode})
		c := p.run(t, "c", "exec sleep 1000", object{"linux": object{"security_context": object{"namespace_options": object{"network": ofNode}}}})
		e.prints(t, namespaceOf(t, "net"), "exec", "--sync", c, "readlink", "/proc/self/ns/net")
		p.remove(t)
	})
	t.Run("users", func(t *testing.T) {
		ids := []object{{"container_id": 0, "host_id": 300000, "length": 65536}}
		users := object{"network": ofPod, "userns_options": object{"mode": ofPod, "uids": ids, "gids": ids}}
		p := e.runPod(t, "users", users)
		c := p.run(t, "c", "exec sleep 1000", object{"linux": object{"security_context": object{"namespace_options": users}}})
		e.prints(t, "0 300000 65536", "exec", "--sync", c, "sh", "-c", "echo $(cat /proc/self/uid_map)")
		e.prints(t, "0", "exec", "--sync", c, "sh", "-c", "touch /f && stat -c %u /f")
		p.remove(t)
	})
}

// TestShimCRIKilled kills the shim of one pod of two, and containerd. The next containerd
// knows what has become of both.
func TestShimCRIKilled(t *testing.T) {
	e := startCRI(t)
	dies := e.runPod(t, "dies", object{"network": ofPod})
	lost := dies.run(t, "lost", "exec sleep 1000", nil)
	doomed := shims(t)
	lives := e.runPod(t, "lives", object{"network": ofPod})
	kept := lives.run(t, "kept", "exec sleep 1000", nil)
	for _, pid := range doomed {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	e.await(t, "CONTAINER_EXITED", "inspect", "--output=go-template", "--template", "{{.status.state}}", lost)
	killContainerd(t, e)
	e.startDaemon(t, func() bool { return e.run(t, "version").status == 0 }, "containerd", "--config", e.path("config.toml"), "--log-level", "warn")
	e.prints(t, "on", "exec", "--sync", kept, "echo", "on")
	e.fails(t, 1, "", "exec", "--sync", lost, "true")
	dies.ok(t, "stopp", dies.id)
	dies.ok(t, "rmp", dies.id)
	lives.remove(t)
}
