package engines

import (
	"slices"
	"strings"
	"testing"
)

// newBuildah makes a Buildah that runs steps with rt, and imports the image
// with the Podman that has the same store.
func newBuildah(t *testing.T) (buildah, podman *engine) {
	t.Helper()
	needEngine(t, "buildah")
	podman = newPodman(t)
	return podman.buildah(), podman
}

// buildah returns the Buildah with Podman's configuration and store. Without
// root its isolation is another one by default, with the same runtime.
func (e *engine) buildah() *engine {
	b := new(*e)
	b.start = append(slices.Clone(e.start[:len(e.start)-1]), "buildah")
	return b
}

// dockerfile has steps of all kinds.
const dockerfile = `
FROM ` + image + `
RUN echo built >/built && id -u
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x && ls /scratch
USER 1000
WORKDIR /tmp
RUN id -u >/tmp/user && pwd
CMD ["cat", "/built", "/tmp/user"]
`

func TestBuildah(t *testing.T) {
	buildah, podman := newBuildah(t)
	file := podman.write(t, "context/Dockerfile", dockerfile)
	context := podman.path("context")
	for name, build := range map[string]func() string{
		"buildah": func() string { return buildah.ok(t, "bud", "--network=none", "-t", "one", "-f", file, context) },
		"podman":  func() string { return podman.ok(t, "build", "--network=none", "-t", "one", "-f", file, context) },
	} {
		if got := build(); !strings.Contains(got, "\n0\n") || !strings.Contains(got, "\nx\n") || !strings.Contains(got, "\n/tmp\n") {
			t.Errorf("%s printed %s", name, got)
		}
		podman.prints(t, "built\n1000", once("one")...)
		podman.ok(t, "rmi", "one")
	}
	failing := podman.write(t, "context/Failing", "FROM "+image+"\nRUN exit 5\n")
	if r := buildah.run(t, "bud", "--network=none", "-f", failing, context); r.status != 5 || !strings.Contains(r.stderr, "exit status 5") {
		t.Errorf("buildah bud of a step that fails: %+v", r)
	}
}

func TestRootlessBuildah(t *testing.T) {
	podman := newRootlessPodman(t)
	file := podman.write(t, "context/Dockerfile", dockerfile)
	buildah := podman.buildah()
	buildah.ok(t, "bud", "--network=none", "-t", "one", "-f", file, podman.path("context"))
	podman.prints(t, "built\n1000", once("one")...)
	buildah.ok(t, "from", "--name=w", image)
	t.Cleanup(func() { buildah.ok(t, "rm", "w") })
	for _, isolation := range []string{"rootless", "oci"} {
		buildah.prints(t, "0\n0 54321 1\n1 600000 65536", "run", "--network=none", "--isolation="+isolation, "w", "sh", "-c", idMap)
	}
}

func TestBuildahRun(t *testing.T) {
	buildah, _ := newBuildah(t)
	buildah.ok(t, "from", "--name=w", image)
	t.Cleanup(func() { buildah.ok(t, "rm", "w") })
	run := func(args ...string) []string { return append([]string{"run", "--network=none"}, args...) }
	buildah.fails(t, 5, "", run("w", "sh", "-c", "exit 5")...)
	buildah.fails(t, 1, `process.args[0]: exec: "no-such-program": executable file not found in $PATH`, run("w", "no-such-program")...)
	buildah.prints(t, "box", run("--hostname=box", "w", "hostname")...)
	buildah.prints(t, "1000", run("--user=1000", "w", "id", "-u")...)
	if r := buildah.runWith(t, "typed\n", run("w", "cat")...); r.stdout != "typed\n" {
		t.Errorf("buildah run with input: %+v", r)
	}
	if got := buildah.terminal(t, "", run("-t", "w", "tty")...); got.status != 0 || !strings.Contains(got.stdout, "/dev/pts/") {
		t.Errorf("buildah run -t: %+v", got)
	}
	volume := buildah.path("volume")
	buildah.write(t, "volume/file", "from outside\n")
	buildah.prints(t, "from outside", run("-v", volume+":/v", "w", "cat", "/v/file")...)
	// What a step leaves is in the container that is built.
	buildah.ok(t, run("w", "sh", "-c", "echo kept >/kept")...)
	buildah.prints(t, "kept", run("w", "cat", "/kept")...)
}
