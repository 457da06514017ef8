package engines

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// namespacesOf prints which namespaces a process of a container is in.
func namespacesOf(names ...string) string {
	return "for n in " + strings.Join(names, " ") + "; do readlink /proc/self/ns/$n; done"
}

// Containers share namespaces with the host and with each other.
func TestPodmanSharedNamespaces(t *testing.T) {
	e := newPodman(t)
	for _, name := range []string{"ipc", "uts", "pid", "cgroup"} {
		ours, err := os.Readlink("/proc/self/ns/" + name)
		if err != nil {
			t.Fatal(err)
		}
		flag := "--" + strings.Replace(name, "cgroup", "cgroupns", 1)
		e.prints(t, ours, script(namespacesOf(name), flag+"=host")...)
		if got := e.ok(t, script(namespacesOf(name), flag+"=private")...); got == ours {
			t.Errorf("%s=private is the host's namespace", flag)
		}
	}
	ours, _ := os.Readlink("/proc/self/ns/net")
	e.prints(t, ours, "run", "--rm", "--network=host", image, "readlink", "/proc/self/ns/net")

	e.ok(t, "run", "-d", "--ipc=shareable", "--name=c", image, "sleep", "1000")
	theirs := e.ok(t, "exec", "c", "sh", "-c", namespacesOf("ipc", "uts", "pid", "net"))
	e.prints(t, theirs, "run", "--rm", "--ipc=container:c", "--uts=container:c", "--pid=container:c", "--network=container:c",
		image, "sh", "-c", namespacesOf("ipc", "uts", "pid", "net"))
	// Nor does a process that is in the other's pid namespace outlive it.
	e.ok(t, "run", "-d", "--name=guest", "--pid=container:c", image, "sleep", "1000")
	e.ok(t, "kill", "c")
	e.await(t, "exited 137", stateOf("guest")...)
	e.ok(t, "rm", "guest")
}

// idMap is a script that prints the user that it has become and the map of
// user ids.
const idMap = `id -u; while read a b c; do echo $a $b $c; done </proc/self/uid_map`

func TestPodmanUserNamespaces(t *testing.T) {
	e := newPodman(t)
	e.prints(t, "0\n0 200000 1000", script(idMap, "--uidmap=0:200000:1000", "--gidmap=0:200000:1000")...)
	e.ok(t, "run", "-d", "--name=mapped", "--uidmap=0:200000:1000", image, "sleep", "1000")
	e.prints(t, "0\n0 200000 1000", "exec", "mapped", "sh", "-c", idMap)
	e.prints(t, e.ok(t, "exec", "mapped", "readlink", "/proc/self/ns/user"), script(namespacesOf("user"), "--userns=container:mapped")...)
	// A container without a user namespace shares the host's.
	e.ok(t, "run", "-d", "--name=plain", image, "sleep", "1000")
	ours, _ := os.Readlink("/proc/self/ns/user")
	e.prints(t, ours, script(namespacesOf("user"), "--userns=container:plain")...)
}

// Volumes: who owns what in them, seen from a user namespace.
func TestPodmanVolumes(t *testing.T) {
	e := newPodman(t)
	e.write(t, "volume/file", "from outside\n")
	volume := e.path("volume")
	e.prints(t, "from outside", script("cat /v/file", "-v", volume+":/v:ro")...)
	e.fails(t, 1, "Read-only file system", script("touch /v/new", "-v", volume+":/v:ro")...)
	e.ok(t, script("echo kept >/v/new", "-v", "named:/v")...)
	e.prints(t, "kept", script("cat /v/new", "--mount=type=volume,src=named,dst=/v")...)
	e.prints(t, "bin", script("ls /v | grep bin", "--mount=type=image,src="+image+",dst=/v")...)
	e.ok(t, "volume", "rm", "named")

	const owner = "stat -c %u /v/file"
	mapped := []string{"--uidmap=0:200000:1000", "--gidmap=0:200000:1000"}
	with := func(options string) []string { return script(owner, append(mapped, "-v", volume+":/v"+options)...) }
	e.prints(t, "65534", with("")...)
	e.prints(t, "0", with(":idmap")...)
	e.prints(t, "65534", with("")...) // idmap changed nothing
	e.prints(t, "0", with(":U")...)
	e.prints(t, "0", with("")...)
}

// The containers of a pod share what its infra container holds.
func TestPodmanPod(t *testing.T) {
	e := newPodman(t)
	e.needPods(t)
	e.ok(t, "pod", "create", "--name=p", "--share=ipc,net,uts,pid")
	e.ok(t, "run", "-d", "--pod=p", "--name=one", image, "sleep", "1000")
	e.ok(t, "run", "-d", "--pod=p", "--name=two", image, "sleep", "1001")
	names := namespacesOf("ipc", "net", "uts", "pid")
	e.prints(t, e.ok(t, "exec", "one", "sh", "-c", names), "exec", "two", "sh", "-c", names)
	e.prints(t, "3", "exec", "one", "sh", "-c", "ps -o args | grep -c -e 100[01] -e ^/catatonit")

	states := func(want string) {
		t.Helper()
		e.prints(t, strings.Repeat(want+"\n", 3)[:3*len(want)+2], "pod", "inspect", "--format={{range .Containers}}{{.State}}\n{{end}}", "p")
	}
	e.ok(t, "pod", "pause", "p")
	states("paused")
	e.ok(t, "pod", "unpause", "p")
	e.ok(t, "pod", "stop", "-t", "1", "p")
	states("exited")
	e.ok(t, "pod", "start", "p")
	states("running")
	e.ok(t, "pod", "rm", "-f", "-t", "0", "p")

	e.ok(t, "pod", "create", "--name=mapped", "--uidmap=0:200000:1000", "--gidmap=0:200000:1000")
	e.prints(t, "0\n0 200000 1000", "run", "--rm", "--pod=mapped", image, "sh", "-c", idMap)
}

// needPods skips the test where Podman cannot make an infra container offline.
func (e *engine) needPods(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/usr/libexec/podman/catatonit", "/usr/lib/podman/catatonit", "/usr/libexec/podman/pause"} {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Skip("needs catatonit (Debian: catatonit)")
}

// kube is a pod as Kubernetes has it.
const kube = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  hostNetwork: true
  containers:
  - name: one
    image: ` + image + `
    command: [sh, -c, "echo hello; sleep 1000"]
    securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
    resources: {limits: {memory: 64Mi}}
    volumeMounts: [{name: scratch, mountPath: /scratch}]
  volumes: [{name: scratch, emptyDir: {}}]
`

func TestPodmanKube(t *testing.T) {
	e := newPodman(t)
	e.needPods(t)
	file := e.write(t, "pod.yaml", kube)
	e.ok(t, "play", "kube", file)
	e.await(t, "hello", "logs", "web-one")
	e.prints(t, "1000\n0000000000000000", "exec", "web-one", "sh", "-c", `id -u; while read k v; do case $k in CapBnd:) echo $v; esac; done </proc/self/status`)
	e.fails(t, 1, "Read-only file system", "exec", "web-one", "touch", "/new")
	if got := words(e.ok(t, "exec", "web-one", "sh", "-c", limits)); !strings.HasPrefix(got, "67108864 ") {
		t.Errorf("limits %s", got)
	}
	e.ok(t, "play", "kube", "--down", file)
	removePodCgroups()
}

// removePodCgroups removes the cgroups of pods in hierarchies without controllers,
// which Podman 5 forgets whatever its runtime is. Cgroups of containers in them stay,
// and fail the test.
func removePodCgroups() {
	for _, hierarchy := range []string{"systemd", "unified"} {
		dirs, _ := filepath.Glob("/sys/fs/cgroup/" + hierarchy + "/libpod_parent/*")
		for _, dir := range dirs {
			_ = unix.Rmdir(dir)
		}
	}
}
