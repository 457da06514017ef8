package engines

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// critestPatience bounds the whole of critest.
const critestPatience = 15 * time.Minute

// unfit are those of critest's tests that say nothing of a runtime here.
var unfit = []string{
	"Image",               // pulls from registries
	"AppArmor", "SELinux", // the machine's
	// Pods of the tests have loopback alone.
	"port mapping", "listing pod sandbox metrics",
	// Want a real nginx or httpd.
	"HostPID", "ContainerPID", "PodPID", "Multiple Containers", "portforward",
	"MaskedPaths",                // busybox's shell is ls itself
	"NoNewPrivs", "Supplemental", // want images with more in them
}

// critestImage is the image of critest's containers.
const critestImage = "localhost/rt-critest:1"

// TestShimCRITools runs Kubernetes' own validation of runtimes, critest. (With runc's shim
// and runc the same tests pass.)
func TestShimCRITools(t *testing.T) {
	e := startCRI(t)
	t.Cleanup(removeKubeCgroups(t))
	crictl := e.start
	e.start = []string{"ctr", "--address", e.path("containerd.sock")}
	archive := e.write(t, "image.tar", string(archiveOf(t, critestImage, critestRootfs(t), "sh")))
	e.ok(t, "--namespace", "k8s.io", "image", "import", "--local", "--snapshotter", criSnapshotter, archive)
	e.start = crictl
	images := e.write(t, "images.yaml", "defaultTestContainerImage: "+critestImage+"\n")
	ctx, cancel := context.WithTimeout(t.Context(), critestPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(need.Made(t, criToolsVar, "make test-engines"), "critest"),
		"--config", e.path("crictl.yaml"), "--runtime-endpoint", "unix://"+e.path("containerd.sock"), "--test-images-file", images,
		"--ginkgo.no-color", "--ginkgo.skip", strings.Join(unfit, "|"))
	cmd.Dir = e.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TEST_TAG=" + e.mark.Tag, "HOME=" + e.dir}
	out, err := cmd.CombinedOutput()
	summary := bytes.LastIndex(out, []byte("Ran "))
	if err != nil || summary < 0 {
		t.Fatalf("critest: %v\n%s", err, failures(out))
	}
	t.Logf("%s", out[summary:])
	checkShimGone(t)
}

// failures returns what critest says of tests that have failed.
func failures(out []byte) string {
	var told []string
	for part := range strings.SplitSeq(string(out), "------------------------------") {
		if strings.Contains(part, "[FAILED]") || strings.Contains(part, "Summarizing") {
			told = append(told, part)
		}
	}
	return strings.Join(told, "")
}

// critestPrograms are what critest wants and Debian's busybox has not.
var critestPrograms = map[string]string{
	"bin/pgrep": "#!/bin/sh\nfor p in /proc/[0-9]*; do read name < $p/comm && [ \"$name\" = \"$1\" ] && echo ${p#/proc/}; done 2>/dev/null\n",
	"bin/ipcs":  "#!/bin/sh\nexec cat /proc/sysvipc/shm\n",
}

// critestRootfs is the root file system of critest's containers: all of busybox, by hard
// links, and those programs.
func critestRootfs(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	copyTar(t, w, rootfsLinked(t, tar.TypeLink, "bin/busybox"))
	list, err := exec.Command(need.Busybox(t), "--list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(list)) {
		if name != "busybox" && !slices.Contains(applets, name) {
			add(t, w, tar.Header{Typeflag: tar.TypeLink, Name: "bin/" + name, Linkname: "bin/busybox", Mode: 0o777}, nil)
		}
	}
	for name, script := range critestPrograms {
		add(t, w, tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755}, []byte(script))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// copyTar copies the entries of a tar file into another.
func copyTar(t *testing.T, w *tar.Writer, from []byte) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(from)); ; {
		header, err := r.Next()
		if err == io.EOF {
			return
		}
		data, readErr := io.ReadAll(r)
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		add(t, w, *header, data)
	}
}

// removeKubeCgroups returns what removes the cgroups that containerd makes for pods without
// a parent, and leaves, unless they were there before.
func removeKubeCgroups(t *testing.T) func() {
	t.Helper()
	find := func() []string {
		dirs, _ := filepath.Glob("/sys/fs/cgroup/*/k8s.io")
		return append(dirs, "/sys/fs/cgroup/k8s.io")
	}
	before := map[string]bool{}
	for _, dir := range find() {
		_, err := os.Stat(dir)
		before[dir] = err == nil
	}
	return func() {
		for _, dir := range find() {
			if !before[dir] {
				_ = unix.Rmdir(dir)
			}
		}
	}
}
