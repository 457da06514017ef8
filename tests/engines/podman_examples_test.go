package engines

import (
	"slices"
	"testing"
)

func TestPodmanExamples(t *testing.T) {
	e := newPodman(t)
	for name, examples := range map[string][]example{
		// Podman does not make the working directory, asks for more processes
		// than a root may who is not allowed to raise limits, and lets its
		// containers make user namespaces.
		"process":     without(processExamples, "directory", "ulimits"),
		"confinement": without(confinementExamples, "default seccomp filter"), "namespaces": namespaceExamples, "files": fileExamples, "podman": podmanExamples,
	} {
		t.Run(name, func(t *testing.T) { runExamples(t, e, examples) })
	}
}

// without returns the examples that do not have these names.
func without(examples []example, names ...string) []example {
	return slices.DeleteFunc(slices.Clone(examples), func(x example) bool { return slices.Contains(names, x.name) })
}

// podmanExamples have flags that only Podman has, or that mean something else
// to it.
var podmanExamples = []example{
	{name: "directory", flags: []string{"--workdir=/tmp"}, script: "pwd", want: "/tmp"},
	{name: "ulimits", flags: []string{"--ulimit=nofile=100:200", "--ulimit=nproc=300:400"}, script: "ulimit -n; ulimit -H -n", want: "100\n200"},
	{name: "default seccomp filter", script: status("Seccomp") + "; unshare -U echo in", want: "2\nin"},
	{name: "umask", flags: []string{"--umask=077"}, script: "umask", want: "0077"},
	{name: "privileged", flags: []string{"--privileged"}, script: status("NoNewPrivs Seccomp") + "; test -c /dev/kmsg && echo kmsg", want: "0\n0\nkmsg"},
	{name: "groups of the user", flags: []string{"--group-add=keep-groups"}, script: "id -u", want: "0"},
	{name: "masked", flags: []string{"--security-opt=mask=/proc/uptime"}, script: "wc -c </proc/uptime", want: "0"},
	{name: "unmasked", flags: []string{"--security-opt=unmask=/proc/timer_list"}, script: "head -c 1 /proc/timer_list | wc -c", want: "1"},
	{name: "for systemd", flags: []string{"--systemd=always"}, script: "grep -c ' /run/lock ' /proc/mounts", want: "1"},
	{name: "allowed device", flags: []string{"--device-cgroup-rule=c 10:237 rwm", "--cap-add=mknod"}, script: "mknod /dev/lc c 10 237; : </dev/lc && echo opened", want: "opened"},
	{name: "no tmpfs", flags: []string{"--read-only", "--read-only-tmpfs=false"}, script: "touch /tmp/new", status: 1},
	{name: "tmpfs", flags: []string{"--mount=type=tmpfs,destination=/scratch,tmpfs-size=4096"}, script: "grep -o 'size=4k' /proc/mounts", want: "size=4k"},
	{name: "container's time zone", flags: []string{"--tz=local"}, script: "test -e /etc/localtime && echo there", want: "there"},
}

// A seccomp profile of one's own.
func TestPodmanSeccompProfile(t *testing.T) {
	e := newPodman(t)
	profile := e.write(t, "profile.json",
		`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}`)
	e.fails(t, 1, "No space left on device", script("mkdir /tmp/new", "--security-opt=seccomp="+profile)...)
}
