package engines

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// checked has rt check every bundle that an engine makes, on the host that it is made
// for, at the moment when it is created.
type checked struct{ log string }

// checkBundles puts a script in rt's place until the end of the test.
func checkBundles(t *testing.T) *checked {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { // another user's engine writes there
			t.Fatal(err)
		}
	}
	c := &checked{filepath.Join(dir, "log")}
	script := filepath.Join(dir, "rt")
	text := fmt.Sprintf(`#!/bin/sh
bundle=$PWD created=
for word; do
	case $before in --bundle | -b) bundle=$word ;; esac
	case $word in --bundle=*) bundle=${word#*=} ;; create | run) created=1 ;; esac
	before=$word
done
[ -z "$created" ] || %[1]s check "$bundle" >>%[2]s 2>&1
exec %[1]s "$@"
`, binary, c.log)
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.log, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(c.log, 0o666); err != nil {
		t.Fatal(err)
	}
	before := binary
	binary = script
	t.Cleanup(func() { binary = before })
	return c
}

// expect fails the test if these are not the rules that have found something since the
// last call, or if nothing was checked. The severity is at least that of a warning.
func (c *checked) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	text, err := os.ReadFile(c.log)
	if err != nil || !strings.Contains(string(text), "config.json: ") {
		t.Fatalf("%s: nothing was checked: %v\n%s", what, err, text)
	}
	if got := rulesOf(string(text)); !slices.Equal(got, want) {
		t.Errorf("%s: found %v, want %v\n%s", what, got, want, text)
	}
	if err := os.Truncate(c.log, 0); err != nil {
		t.Fatal(err)
	}
}

// rulesOf returns the rules in the output of rt check, sorted.
func rulesOf(text string) []string {
	var rules []string
	for _, m := range regexp.MustCompile(`(?m) \[([a-z-]+)\]$`).FindAllStringSubmatch(text, -1) {
		rules = append(rules, m[1])
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// checkExamples are what users ask for most, and what the rules find in it.
var checkExamples = []struct {
	flags, rules []string
}{
	{},
	{[]string{"--memory=64m", "--pids-limit=100", "--cpus=1", "--env=A=b", "--tmpfs=/t", "--init"}, nil},
	{[]string{"--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=1000"}, nil},
	{[]string{"--volume=/etc/localtime:/etc/localtime:ro", "--volume=named:/data"}, nil},
	{[]string{"--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined"}, []string{"strong-capability"}},
	{[]string{"--pid=host"}, []string{"host-namespace"}},
	{[]string{"--network=host"}, []string{"host-namespace"}},
	{[]string{"--volume=/etc:/host/etc", "--volume=/:/host/root:ro"}, []string{"host-directory"}},
	{[]string{"--device-cgroup-rule=b *:* rwm"}, []string{"all-devices"}},
}

func checkEngine(t *testing.T, e *engine, c *checked) {
	for _, x := range checkExamples {
		args := append([]string{"run", "--rm"}, x.flags...)
		e.ok(t, append(args, image, "true")...)
		c.expect(t, strings.Join(x.flags, " "), x.rules...)
	}
	socket := e.path("docker.sock")
	if _, err := os.Stat(socket); err != nil {
		e.write(t, "docker.sock", "") // its name is enough
	}
	e.ok(t, "run", "--rm", "--volume="+socket+":/var/run/docker.sock", image, "true")
	c.expect(t, "socket", "runtime-socket")
}

// privilegedRules are what --privileged gives everywhere. A machine may have no disks,
// and a root without all capabilities cannot give them.
var privilegedRules = []string{"all-devices", "strong-capability", "unmasked-path", "writable-cgroups", "writable-proc", "writable-sys"}

func (c *checked) expectPrivileged(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(c.log)
	if err != nil {
		t.Fatal(err)
	}
	got := rulesOf(string(text))
	for _, rule := range privilegedRules {
		if rule == "writable-cgroups" && strings.Contains(string(text), "cgroup2") {
			continue
		}
		if !slices.Contains(got, rule) {
			t.Errorf("--privileged: %s found nothing\n%s", rule, text)
		}
	}
}

func TestDockerCheck(t *testing.T) {
	c := checkBundles(t)
	e := startDocker(t)
	checkEngine(t, e, c)
	e.ok(t, "run", "--rm", "--privileged", image, "true")
	c.expectPrivileged(t)
}

func TestPodmanCheck(t *testing.T) {
	c := checkBundles(t)
	e := newPodman(t)
	checkEngine(t, e, c)
	e.ok(t, "run", "--rm", "--privileged", image, "true")
	c.expectPrivileged(t)
}

func TestRootlessPodmanCheck(t *testing.T) {
	c := checkBundles(t)
	e := newRootlessPodman(t)
	e.ok(t, "run", "--rm", image, "true")
	c.expect(t, "default")
	e.ok(t, "run", "--rm", "--userns=keep-id", image, "true")
	c.expect(t, "keep-id")
}

// kubelet is what it adds to a container's configuration by default.
var kubelet = object{
	"masked_paths": []string{
		"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
		"/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
	},
	"readonly_paths": []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
}

// TestShimCRICheck checks the bundles of a pod that runs.
func TestShimCRICheck(t *testing.T) {
	e := startCRI(t)
	p := e.runPod(t, "checked", object{})
	e.checkCRI(t, p.id)
	e.checkCRI(t, p.run(t, "plain", "sleep 1000", object{"linux": object{"security_context": kubelet}}))
	restricted := object{"seccomp": object{"profile_type": 0}, "no_new_privs": true, "run_as_user": object{"value": 1000}, "readonly_rootfs": true}
	for key, value := range kubelet {
		restricted[key] = value
	}
	e.checkCRI(t, p.run(t, "restricted", "sleep 1000", object{"linux": object{
		"security_context": restricted, "resources": object{"memory_limit_in_bytes": 64 << 20, "cpu_shares": 100},
	}}))
	p.remove(t)
}

// checkCRI checks the bundle of a pod's container. It runs already, so its cgroup is in
// use.
func (e *engine) checkCRI(t *testing.T, id string, want ...string) {
	t.Helper()
	bundle := filepath.Join(e.path("state"), "io.containerd.runtime.v2.task/k8s.io", id)
	out, err := exec.Command(binary, "check", bundle).CombinedOutput()
	if got := rulesOf(string(out)); !slices.Equal(got, want) || len(out) == 0 {
		t.Errorf("found %v, want %v: %v\n%s", got, want, err, out)
	}
}
