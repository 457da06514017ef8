package engines

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// startBuildkit starts a BuildKit daemon that runs steps with rt, in the host's
// network: any other network wants CNI plugins. Builds that ask for it may have all
// privileges.
func startBuildkit(t *testing.T) *engine {
	t.Helper()
	needEngine(t)
	programs := need.Made(t, buildkitVar, "make test-engines")
	e := newEngine(t)
	address := "unix://" + e.path("buildkitd.sock")
	e.start = []string{filepath.Join(programs, "buildctl"), "--addr", address}
	config := e.write(t, "buildkitd.toml", fmt.Sprintf(`
root = %q
insecure-entitlements = ["security.insecure"]
[grpc]
  address = [%q]
[worker.oci]
  enabled = true
  binary = %q
  networkMode = "host"
  defaultCgroupParent = %q
[worker.containerd]
  enabled = false
`, e.path("root"), address, binary, e.cgroupParent()))
	e.startDaemon(t, func() bool { return e.run(t, "debug", "workers").status == 0 },
		filepath.Join(programs, "buildkitd"), "--config", config)
	e.write(t, "context/rootfs.tar", string(rootfsTar(t)))
	t.Cleanup(func() { e.checkSteps(t) })
	return e
}

// checkSteps fails the test if BuildKit or rt still has anything of a step, while the
// daemon runs, or its cgroup is there.
func (e *engine) checkSteps(t *testing.T) {
	var left []string
	for _, pattern := range []string{
		"/run/rt/*", e.path("root/runc-*/executor/*/config.json"),
		"/sys/fs/cgroup" + e.cgroupParent() + "/buildkit/*", "/sys/fs/cgroup/*" + e.cgroupParent() + "/buildkit/*",
	} {
		paths, _ := filepath.Glob(pattern)
		left = append(left, directories(paths)...)
	}
	if len(left) > 0 && !t.Failed() {
		t.Errorf("left of steps: %q", left)
	}
	// BuildKit leaves the parent of its steps' cgroups.
	for _, parent := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*"} {
		dirs, _ := filepath.Glob(parent + e.cgroupParent() + "/buildkit")
		for _, dir := range dirs {
			_ = unix.Rmdir(dir)
		}
	}
}

// directories leaves out the files of a cgroup.
func directories(paths []string) []string {
	var dirs []string
	for _, path := range paths {
		if info, err := os.Lstat(path); err == nil && (info.IsDir() || !strings.HasPrefix(path, "/sys/")) {
			dirs = append(dirs, path)
		}
	}
	return dirs
}

// onScratch begins a Dockerfile that needs no registry.
const onScratch = `
FROM scratch
ADD rootfs.tar /
ENV PATH=/bin
`

// build returns the arguments of buildctl that build this Dockerfile.
func (e *engine) build(t *testing.T, dockerfile string, more ...string) []string {
	t.Helper()
	context := filepath.Dir(e.write(t, "context/Dockerfile", dockerfile))
	return append([]string{
		"build", "--progress=plain", "--frontend=dockerfile.v0", "--local=context=" + context, "--local=dockerfile=" + context,
	}, more...)
}

// builds builds a Dockerfile whose steps must print these lines, and returns the
// file system that comes of it.
func (e *engine) builds(t *testing.T, lines []string, dockerfile string, more ...string) string {
	t.Helper()
	result := e.path("result")
	if err := os.RemoveAll(result); err != nil {
		t.Fatal(err)
	}
	r := e.run(t, e.build(t, dockerfile, append(more, "--output=type=local,dest="+result)...)...)
	for _, line := range lines {
		if r.status != 0 || !strings.Contains(r.stderr, " "+line+"\n") {
			t.Errorf("status %d, want 0 and a line %q\n%s", r.status, line, r.stderr)
		}
	}
	return result
}

func TestBuildkit(t *testing.T) {
	e := startBuildkit(t)
	result := e.builds(t, []string{"uid 0", "x", "uid 1000", "/tmp", "from a secret"}, onScratch+`
RUN echo built >/built && echo uid $(id -u)
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x && ls /scratch
RUN --mount=type=secret,id=word cat /run/secrets/word
USER 1000
WORKDIR /tmp
RUN echo uid $(id -u) && pwd
USER 0
RUN --network=none sed -n 's/ *\([a-z0-9]*\):.*/\1/p' /proc/net/dev >/devices
`, "--secret=id=word,src="+e.write(t, "word", "from a secret\n"))
	for name, want := range map[string]string{"built": "built\n", "devices": "lo\n"} {
		if got, err := os.ReadFile(filepath.Join(result, name)); string(got) != want {
			t.Errorf("%s has %q (%v), want %q", name, got, err, want)
		}
	}
	// A cache is kept from one build to the next.
	for _, n := range []string{"1", "2"} {
		e.builds(t, []string{"lines " + n}, onScratch+`
RUN --mount=type=cache,target=/c echo `+n+` >>/c/n && echo lines $(cat /c/n | wc -l)
`)
	}
}

func TestBuildkitOptions(t *testing.T) {
	e := startBuildkit(t)
	e.builds(t, []string{"box", "files 99", "shm 4096k", "10.1.2.3\tother"}, onScratch+`
RUN hostname; echo files $(ulimit -n); sed -n 's/.* \/dev\/shm .*size=\([0-9]*k\).*/shm \1/p' /proc/self/mountinfo; grep other /etc/hosts
`, "--opt=hostname=box", "--opt=ulimit=nofile=99:99", "--opt=shm-size=4194304", "--opt=add-hosts=other=10.1.2.3")
}

// TestBuildkitLayout builds upon an image of the OCI's layout.
func TestBuildkitLayout(t *testing.T) {
	e := startBuildkit(t)
	layout := e.path("layout")
	digest := unpackLayout(t, layout)
	e.builds(t, []string{"PATH=/bin", "from the layout"}, "FROM base\nRUN env && echo from the layout\n",
		"--oci-layout=images="+layout, "--opt=context:base=oci-layout://images@"+digest)
}

func TestBuildkitFailures(t *testing.T) {
	e := startBuildkit(t)
	for step, want := range map[string][]string{
		`exit 5`:                      {`process "/bin/sh -c exit 5" did not complete successfully: exit code: 5`},
		`sh -c 'kill -9 $$'; exit $?`: {`exit code: 137`},
		`["no-such-program"]`:         {`rt: process.args[0]: exec: "no-such-program": executable file not found in $PATH`, "exit code: 1"},
		`["/etc"]`:                    {`rt: process.args[0]: exec: "/etc": permission denied`, "exit code: 1"},
	} {
		for _, text := range want {
			e.fails(t, 1, text, e.build(t, onScratch+"RUN "+step+"\n")...)
		}
	}
}

func TestBuildkitInsecure(t *testing.T) {
	e := startBuildkit(t)
	const caps = `sed -n 's/^CapEff:\t/has /p' /proc/self/status`
	// The fourteen of engines, and all that the daemon has.
	e.builds(t, []string{"has 00000000a80425fb"}, onScratch+"RUN "+caps+"\n")
	insecure := onScratch + "RUN --security=insecure " + caps + "; grep -c ' /proc/sys ' /proc/self/mountinfo || true\n"
	e.fails(t, 1, "security.insecure is not allowed", e.build(t, insecure)...)
	all, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, effective, _ := bytes.Cut(all, []byte("\nCapEff:\t"))
	effective, _, _ = bytes.Cut(effective, []byte("\n"))
	e.builds(t, []string{"has " + string(effective), "0"}, insecure, "--allow=security.insecure")
}

// step is a build whose last step has come to its end, but for a signal.
type step struct {
	end    func(unix.Signal) // of buildctl
	ended  <-chan error
	output *bytes.Buffer // once it has ended
	rt     int           // the rt that waits for the step
}

// startStep starts a build with a step that waits for SIGTERM.
func (e *engine) startStep(t *testing.T) step {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := e.command(ctx, e.build(t, onScratch+`
RUN trap 'echo asked to end; exit 0' TERM; while :; do sleep 0.1; done
`)...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s := step{ended: ended, output: &output, end: func(sig unix.Signal) { _ = cmd.Process.Signal(sig) }}
	if !poll(func() bool { s.rt = e.waiting(); return s.rt != 0 }) {
		cancel()
		<-ended
		t.Fatalf("no step runs\n%s", output.String())
	}
	return s
}

// waiting returns the pid of the rt that waits for a step which has set its trap, or 0.
func (e *engine) waiting() int {
	pids, _ := filepath.Glob("/proc/[0-9]*")
	rt, trapped := 0, false
	for _, dir := range pids {
		cmdline, _ := os.ReadFile(dir + "/cmdline")
		switch {
		case bytes.HasPrefix(cmdline, []byte(binary+"\x00")) && bytes.Contains(cmdline, []byte("\x00run\x00")) && bytes.Contains(cmdline, []byte(e.dir)):
			rt, _ = strconv.Atoi(filepath.Base(dir))
		case bytes.Equal(cmdline, []byte("sleep\x000.1\x00")):
			trapped = true
		}
	}
	if !trapped {
		return 0
	}
	return rt
}

// wait waits for the end of buildctl.
func (s step) wait(t *testing.T) (output string, err error) {
	t.Helper()
	err = <-s.ended
	return s.output.String(), err
}

// TestBuildkitSignals: SIGWINCH, which BuildKit sends when a terminal's size changes,
// ends nothing, and others are the step's.
func TestBuildkitSignals(t *testing.T) {
	e := startBuildkit(t)
	s := e.startStep(t)
	for _, sig := range []unix.Signal{unix.SIGWINCH, unix.SIGWINCH, unix.SIGTERM} {
		if err := unix.Kill(s.rt, sig); err != nil {
			t.Fatalf("%v: %v", sig, err)
		}
	}
	if output, err := s.wait(t); err != nil || !strings.Contains(output, " asked to end\n") {
		t.Errorf("%v\n%s", err, output)
	}
}

// TestBuildkitCancelled: Ctrl-C of buildctl ends the step, which does not mind SIGTERM.
func TestBuildkitCancelled(t *testing.T) {
	e := startBuildkit(t)
	s := e.startStep(t)
	s.end(unix.SIGINT)
	if output, err := s.wait(t); err == nil || strings.Contains(output, " asked to end\n") {
		t.Errorf("%v\n%s", err, output)
	}
	if !poll(func() bool { return e.waiting() == 0 && unix.Kill(s.rt, 0) == unix.ESRCH }) {
		t.Error("the step goes on")
	}
	if !poll(func() bool { states, _ := filepath.Glob("/run/rt/*"); return len(states) == 0 }) {
		t.Error("rt still has the container")
	}
	// And the daemon goes on.
	e.builds(t, []string{"still here"}, onScratch+"RUN echo still here\n")
}
