package engines

import (
	"strings"
	"testing"
)

// example is a container that runs a shell script, and what comes of it. The
// flags are those that Docker and Podman have in common.
type example struct {
	name   string
	flags  []string
	script string
	want   string // what it prints, without white space around it
	status int
}

// runExamples runs each example in a container of its own.
func runExamples(t *testing.T, e *engine, examples []example) {
	t.Helper()
	for _, x := range examples {
		t.Run(x.name, func(t *testing.T) {
			args := append([]string{"run", "--rm"}, x.flags...)
			r := e.run(t, append(args, image, "sh", "-c", x.script)...)
			if got := strings.TrimSpace(r.stdout); got != x.want || r.status != x.status {
				t.Errorf("status %d, want %d; output %q, want %q\n%s", r.status, x.status, got, x.want, r.stderr)
			}
		})
	}
}

// status prints fields of the process's status.
func status(fields string) string {
	return `sed -n 's/^\(` + strings.ReplaceAll(fields, " ", `\|`) + `\):\t*//p' /proc/self/status`
}

// processExamples are about the container's process.
var processExamples = []example{
	{name: "arguments", script: `echo "$0 $#"`, want: "sh 0"},
	{name: "exit status", script: "exit 42", status: 42},
	{name: "directory", flags: []string{"--workdir=/tmp/new"}, script: "pwd", want: "/tmp/new"},
	{name: "environment", flags: []string{"--env=COLOUR=light blue"}, script: `echo "$COLOUR $HOME"`, want: "light blue /root"},
	{name: "user by name", flags: []string{"--user=user"}, script: `id -u; id -g; id -G; echo $HOME`, want: "1000\n1000\n1000 2000\n/home/user"},
	{name: "user by number", flags: []string{"--user=1234:2345"}, script: "id -u; id -g", want: "1234\n2345"},
	{name: "more groups", flags: []string{"--user=1234:2345", "--group-add=7"}, script: "id -G", want: "2345 7"},
	{name: "no capabilities", flags: []string{"--cap-drop=ALL"}, script: status("CapEff CapBnd"), want: "0000000000000000\n0000000000000000"},
	{name: "one capability", flags: []string{"--cap-drop=ALL", "--cap-add=NET_ADMIN"}, script: status("CapEff CapBnd"), want: "0000000000001000\n0000000000001000"},
	{name: "no new privileges", flags: []string{"--security-opt=no-new-privileges"}, script: status("NoNewPrivs"), want: "1"},
	{name: "new privileges", script: status("NoNewPrivs"), want: "0"},
	{name: "ulimits", flags: []string{"--ulimit=nofile=100:200", "--ulimit=core=0"}, script: "ulimit -n; ulimit -H -n; ulimit -c", want: "100\n200\n0"},
	{name: "oom score", flags: []string{"--oom-score-adj=321"}, script: "cat /proc/self/oom_score_adj", want: "321"},
}

// confinementExamples are about what keeps the process in.
var confinementExamples = []example{
	{name: "default seccomp filter", script: status("Seccomp") + "; unshare -U true 2>&1", want: "2\nunshare: unshare(0x10000000): Operation not permitted", status: 1},
	{name: "no seccomp filter", flags: []string{"--security-opt=seccomp=unconfined"}, script: status("Seccomp") + "; unshare -U echo in", want: "0\nin"},
	{name: "masked paths", script: "wc -c < /proc/timer_list; ls /sys/firmware | wc -l", want: "0\n0"},
	{name: "read-only paths", script: "echo h > /proc/sysrq-trigger", status: 1},
	{name: "read-only system", script: "echo 1 > /proc/sys/kernel/panic || touch /sys/x || echo refused", want: "refused"},
	{name: "devices", script: "ls /dev | grep -v -e ^pts -e ^core -e ^console | tr '\\n' ' '", want: "fd full mqueue null ptmx random shm stderr stdin stdout tty urandom zero"},
	{name: "another device", flags: []string{"--device=/dev/full:/dev/brim:r"}, script: "head -c 3 /dev/brim | wc -c; echo x > /dev/brim", want: "3", status: 1},
	{name: "no other device", flags: []string{"--cap-add=mknod"}, script: "mknod /dev/loop-control c 10 237; head -c 1 /dev/loop-control 2>&1", want: "head: /dev/loop-control: Operation not permitted", status: 1},
}

// namespaceExamples are about what the container has of its own.
var namespaceExamples = []example{
	{name: "host name", flags: []string{"--hostname=box"}, script: "hostname; cat /etc/hostname", want: "box\nbox"},
	{name: "process 1", script: "echo $$; echo /proc/[0-9]*", want: "1\n/proc/1"},
	{name: "init", flags: []string{"--init"}, script: "test $$ -ne 1 && head -c 17 /proc/1/cmdline | grep -o init", want: "init"},
	{name: "sysctl", flags: []string{"--sysctl=kernel.msgmax=4321", "--sysctl=net.ipv4.ip_forward=1"}, script: "cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward", want: "4321\n1"},
	{name: "no network", flags: []string{"--network=none"}, script: "ls /sys/class/net", want: "lo"},
}

// fileExamples are about the container's file systems.
var fileExamples = []example{
	{name: "writable root", script: "touch /new && echo ok", want: "ok"},
	{name: "read-only root", flags: []string{"--read-only"}, script: "touch /new 2>&1; touch /dev/new && echo dev", want: "touch: /new: Read-only file system\ndev"},
	{name: "tmpfs", flags: []string{"--tmpfs=/scratch:size=1m,mode=700,noexec"}, script: "grep ' /scratch ' /proc/mounts | tr ', ' '\\n\\n' | grep -E '^(tmpfs|noexec|size=1024k|mode=700)$' | sort -u", want: "mode=700\nnoexec\nsize=1024k\ntmpfs"},
	{name: "shared memory", flags: []string{"--shm-size=3m"}, script: "grep ' /dev/shm ' /proc/mounts | grep -o size=[0-9]*k", want: "size=3072k"},
}

// runTutorial is what everybody tries first.
func runTutorial(t *testing.T, e *engine) {
	t.Helper()
	id := e.ok(t, "run", "-d", "-ti", "--hostname=myhost", "--name=demo", image, "top")
	e.prints(t, "myhost", "exec", "demo", "hostname")
	if got := e.terminal(t, "", "exec", "-ti", "demo", "hostname"); got.stdout != "myhost\n" {
		t.Errorf("exec -ti: %+v", got)
	}
	e.prints(t, id, "ps", "-q", "--no-trunc", "--filter", "name=demo")
	e.ok(t, "stop", "-t", "1", "demo")
	e.ok(t, "rm", "demo")
	id = e.ok(t, "run", "-d", image, "top")
	e.prints(t, id[:12], "exec", id, "hostname")
	e.ok(t, "rm", "-f", id)
}
