package engines

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// dockerLife is what Docker can do to a container that runs.
var dockerLife = map[string]func(*testing.T, *engine){
	"exec": dockerExec, "terminal": dockerTerminal, "input": dockerInput, "signals": dockerSignals, "pause": dockerPause,
	"update": dockerUpdate, "statistics": dockerStatistics, "health": dockerHealth, "oom": dockerOOM, "restart": dockerRestart,
	"volumes": dockerVolumes, "privileged": dockerPrivileged, "seccomp profile": dockerSeccomp, "shared namespaces": dockerShared,
}

func TestDockerLife(t *testing.T) { runDockerLife(t, startDocker(t)) }

func runDockerLife(t *testing.T, e *engine) {
	for name, test := range dockerLife {
		t.Run(name, func(t *testing.T) {
			defer e.removeContainers(t)
			test(t, e)
		})
	}
}

func dockerExec(t *testing.T, e *engine) {
	e.ok(t, "run", "-d", "--name=demo", "--user=user", "--env=A=1", image, "top")
	e.prints(t, "1000 /tmp 1 2", "exec", "-w", "/tmp", "-e", "B=2", "demo", "sh", "-c", `echo $(id -u) $PWD $A $B`)
	e.prints(t, "0", "exec", "-u", "root", "demo", "id", "-u")
	e.prints(t, "0000000000000000", "exec", "demo", "sh", "-c", status("CapEff"))
	e.prints(t, "0", "exec", "--privileged", "-u", "root", "demo", "sh", "-c", missingCapabilities(t))
	e.fails(t, 9, "", "exec", "demo", "sh", "-c", "exit 9")
	missing := 126 // with runc, too
	if dockerVersion(t, e) > 26 {
		missing = 127
	}
	e.fails(t, missing, "executable file not found", "exec", "demo", "no-such-program")
	e.fails(t, 126, "permission denied", "exec", "demo", "/etc/passwd")
	if r := e.runWith(t, "typed", "exec", "-i", "demo", "cat"); r.stdout != "typed" {
		t.Errorf("docker exec -i: %+v", r)
	}
	e.ok(t, "exec", "-d", "demo", "sh", "-c", "echo in the background > /tmp/there")
	e.await(t, "in the background", "exec", "demo", "sh", "-c", "cat /tmp/there || true")
}

// dockerVersion returns the first number of the daemon's version.
func dockerVersion(t *testing.T, e *engine) int {
	t.Helper()
	major, _, _ := strings.Cut(e.ok(t, "version", "--format={{.Server.Version}}"), ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// missingCapabilities is a script that prints those capabilities that root has
// on this machine and the script's process has not, as a number. Engines know
// only those that there were when they were made.
func missingCapabilities(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, set, _ := strings.Cut(string(data), "CapBnd:")
	return "echo $((0x" + strings.Fields(set)[0] + " & 0x3fffffffff & ~0x$(" + status("CapEff") + ")))"
}

func dockerTerminal(t *testing.T, e *engine) {
	r := e.terminal(t, "", "run", "-ti", "--rm", image, "sh", "-c", "tty; test -t 0 -a -t 1 -a -t 2; exit $?")
	// A client of Docker 28 warns there of a host that forwards no packets.
	if !strings.HasSuffix(r.stdout, "/dev/pts/0\n") || r.status != 0 {
		t.Errorf("docker run -t: %+v", r)
	}
	e.ok(t, "run", "-d", "-t", "--name=demo", image, "top")
	r = e.terminal(t, "", "exec", "-ti", "demo", "sh", "-c", "sleep 1; stty size")
	if r.stdout != "33 77\n" {
		t.Errorf("docker exec -ti: %+v", r)
	}
}

func dockerInput(t *testing.T, e *engine) {
	if r := e.runWith(t, "a\nb\n", "run", "-i", "--rm", image, "wc", "-l"); strings.TrimSpace(r.stdout) != "2" {
		t.Errorf("docker run -i: %+v", r)
	}
}

func dockerSignals(t *testing.T, e *engine) {
	const script = "trap 'echo hup' HUP; trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
	e.ok(t, "run", "-d", "--name=demo", image, "sh", "-c", script)
	e.await(t, "ready", "logs", "demo")
	e.ok(t, "kill", "--signal=HUP", "demo")
	e.await(t, "ready\nhup", "logs", "demo")
	e.ok(t, "stop", "demo")
	e.prints(t, "ready\nhup\nbye", "logs", "demo")
	e.prints(t, "5", "wait", "demo")
	e.ok(t, "run", "-d", "--name=other", image, "sleep", "1000")
	e.ok(t, "kill", "other")
	e.prints(t, "137", "wait", "other")
}

func dockerPause(t *testing.T, e *engine) {
	e.ok(t, "run", "-d", "--name=demo", image, "top")
	e.ok(t, "pause", "demo")
	e.prints(t, "paused", "inspect", "--format={{.State.Status}}", "demo")
	e.fails(t, 1, "paused", "exec", "demo", "true")
	e.ok(t, "unpause", "demo")
	e.ok(t, "exec", "demo", "true")
	e.ok(t, "pause", "demo")
	e.ok(t, "rm", "-f", "demo")
}

// memoryLimit prints the container's limit, with cgroup v1 or v2.
const memoryLimit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null"

func dockerUpdate(t *testing.T, e *engine) {
	e.ok(t, "run", "-d", "--name=demo", "--memory=20m", "--memory-swap=20m", "--pids-limit=30", "--cpus=0.5", image, "top")
	e.await(t, "20971520", "exec", "demo", "sh", "-c", memoryLimit+" || true")
	e.ok(t, "update", "--memory=30m", "--memory-swap=30m", "--pids-limit=40", "--cpu-shares=512", "demo")
	e.await(t, "31457280", "exec", "demo", "sh", "-c", memoryLimit+" || true")
	e.await(t, "40", "exec", "demo", "sh", "-c", "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null || true")
}

func dockerStatistics(t *testing.T, e *engine) {
	e.ok(t, "run", "-d", "--name=demo", "--memory=64m", image, "top")
	got := e.ok(t, "stats", "--no-stream", "--format={{.Name}} {{.MemUsage}} {{.PIDs}}", "demo")
	if f := strings.Fields(got); len(f) != 5 || f[0] != "demo" || f[3] != "64MiB" || f[4] != "1" {
		t.Errorf("docker stats: %q", got)
	}
	e.ok(t, "exec", "-d", "demo", "sleep", "1000")
	if got := e.ok(t, "top", "demo", "-o", "pid,args"); strings.Count(got, "\n") != 2 || !strings.Contains(got, "sleep 1000") {
		t.Errorf("docker top: %q", got)
	}
}

func dockerHealth(t *testing.T, e *engine) {
	e.ok(t, "run", "-d", "--name=demo", "--health-cmd=test -e /tmp/well", "--health-interval=300ms", "--health-retries=1", image, "top")
	e.await(t, "unhealthy", "inspect", "--format={{.State.Health.Status}}", "demo")
	e.ok(t, "exec", "demo", "touch", "/tmp/well")
	e.await(t, "healthy", "inspect", "--format={{.State.Health.Status}}", "demo")
}

func dockerOOM(t *testing.T, e *engine) {
	e.fails(t, 137, "", "run", "--name=demo", "--memory=12m", "--memory-swap=12m", image, "tail", "/dev/zero")
	e.prints(t, "true 137", "inspect", "--format={{.State.OOMKilled}} {{.State.ExitCode}}", "demo")
}

func dockerRestart(t *testing.T, e *engine) {
	e.ok(t, "run", "-d", "--name=demo", image, "sh", "-c", "echo begun; sleep 1000")
	e.ok(t, "restart", "-t", "0", "demo")
	e.await(t, "begun\nbegun", "logs", "demo")
	e.ok(t, "run", "-d", "--name=other", "--restart=on-failure:2", image, "false")
	e.await(t, "2 exited", "inspect", "--format={{.RestartCount}} {{.State.Status}}", "other")
}

func dockerVolumes(t *testing.T, e *engine) {
	host := e.write(t, "volume/file", "of the host")
	dir := e.path("volume")
	runExamples(t, e, []example{
		{name: "bind", flags: []string{"-v", dir + ":/v"}, script: "cat /v/file; echo new > /v/new", want: "of the host"},
		{name: "read-only", flags: []string{"-v", dir + ":/v:ro"}, script: "cat /v/new; touch /v/file 2>&1", want: "new\ntouch: /v/file: Read-only file system", status: 1},
		{name: "file", flags: []string{"-v", host + ":/etc/one"}, script: "cat /etc/one", want: "of the host"},
		{name: "named", flags: []string{"-v", "data:/data"}, script: "touch /data/x && ls /data", want: "x"},
		{name: "named again", flags: []string{"-v", "data:/data"}, script: "ls /data", want: "x"},
	})
	e.ok(t, "volume", "rm", "data")
}

func dockerPrivileged(t *testing.T, e *engine) {
	runExamples(t, e, []example{
		{name: "capabilities", flags: []string{"--privileged"}, script: missingCapabilities(t) + ";" + status("Seccomp"), want: "0\n0"},
		{name: "mount", flags: []string{"--privileged"}, script: "mount -t tmpfs none /tmp && grep -c ' /tmp tmpfs' /proc/mounts", want: "1"},
		{name: "devices", flags: []string{"--privileged"}, script: "test -c /dev/loop-control -o -c /dev/kmsg && mknod /tmp/null c 1 3 && echo x > /tmp/null && echo ok", want: "ok"},
		{name: "sys", flags: []string{"--privileged"}, script: "grep -o '/sys sysfs rw' /proc/mounts", want: "/sys sysfs rw"},
	})
}

// noMkdir is a seccomp profile in Docker's format, without mkdir(2).
const noMkdir = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42}]}`

func dockerSeccomp(t *testing.T, e *engine) {
	profile := e.write(t, "seccomp.json", noMkdir)
	runExamples(t, e, []example{{
		name: "mkdir", flags: []string{"--security-opt=seccomp=" + profile},
		script: "mkdir /tmp/x 2>&1", want: "mkdir: can't create directory '/tmp/x': No message of desired type", status: 1,
	}})
}

// dockerShared compares namespaces, which have the same name where they are the
// same.
func dockerShared(t *testing.T, e *engine) {
	e.ok(t, "run", "-d", "--name=demo", "--ipc=shareable", "--network=none", image, "top")
	inside := func(kind string) string { return e.ok(t, "exec", "demo", "readlink", "/proc/self/ns/"+kind) }
	outside := func(kind string) string {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	var examples []example
	for _, kind := range []string{"ipc", "pid", "uts"} {
		if inside(kind) == outside(kind) {
			t.Errorf("the container has the %s namespace of the host", kind)
		}
		examples = append(examples, example{
			name: "host " + kind, flags: []string{"--" + kind + "=host"}, script: "readlink /proc/self/ns/" + kind, want: outside(kind),
		})
	}
	for flag, kind := range map[string]string{"ipc": "ipc", "pid": "pid", "network": "net"} {
		examples = append(examples, example{
			name: "container's " + kind, flags: []string{"--" + flag + "=container:demo"}, script: "readlink /proc/self/ns/" + kind, want: inside(kind),
		})
	}
	examples = append(examples, example{
		name: "host network", flags: []string{"--network=host"}, script: "readlink /proc/self/ns/net", want: outside("net"),
	})
	runExamples(t, e, examples)
}

// TestDockerUserNamespaces has a daemon whose containers' root is another user.
func TestDockerUserNamespaces(t *testing.T) {
	needEngine(t)
	bindFile(t, "/etc/subuid", "nobody:300000:65536\n")
	bindFile(t, "/etc/subgid", "nobody:300000:65536\n")
	e := startDocker(t, "--userns-remap=nobody:nogroup")
	e.ok(t, "run", "-d", "--name=demo", image, "top")
	runExamples(t, e, []example{
		{name: "map", script: "cat /proc/self/uid_map | tr -s ' '", want: "0 300000 65536"},
		{name: "root", script: "id -u; touch /file && stat -c %u /file", want: "0\n0"},
		{name: "user", flags: []string{"--user=user"}, script: "id -u", want: "1000"},
		{name: "device", script: "echo x > /dev/null && head -c 1 /dev/zero | wc -c", want: "1"},
		{name: "host's", flags: []string{"--userns=host"}, script: "cat /proc/self/uid_map | tr -s ' '", want: "0 0 4294967295"},
	})
	e.prints(t, "0", "exec", "demo", "id", "-u")
}
