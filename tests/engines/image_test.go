package engines

import (
	"archive/tar"
	"bytes"
	"os"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// image is the name of the image that tests run.
const image = "localhost/rt-test"

// applets are the names that busybox gets in the image.
var applets = []string{
	"cat", "chmod", "dd", "df", "echo", "env", "false", "grep", "head", "hostname", "httpd", "id", "kill", "ln", "ls", "mkdir", "mknod",
	"mount", "nc", "ps", "pwd", "readlink", "rm", "sed", "sh", "sleep", "sort", "stat", "stty", "sync", "tail", "test", "top", "touch", "tr",
	"true", "tty", "umount", "uname", "unshare", "wc", "yes",
}

// rootfsTar returns the image's root file system as tar file: busybox, a few
// directories and two users.
func rootfsTar(t *testing.T) []byte {
	t.Helper()
	return rootfsLinked(t, tar.TypeSymlink, "busybox")
}

// rootfsLinked is rootfsTar with busybox's other names as links of this type.
func rootfsLinked(t *testing.T, link byte, to string) []byte {
	t.Helper()
	program, err := os.ReadFile(need.Busybox(t))
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, dir := range []string{"bin", "dev", "etc", "home", "home/user", "proc", "root", "sys", "tmp", "var"} {
		add(t, w, tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: dirMode(dir)}, nil)
	}
	add(t, w, tar.Header{Typeflag: tar.TypeReg, Name: "bin/busybox", Mode: 0o755}, program)
	for _, name := range applets {
		add(t, w, tar.Header{Typeflag: link, Name: "bin/" + name, Linkname: to, Mode: 0o777}, nil)
	}
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
		"etc/group":  "root:x:0:\nuser:x:1000:\nextra:x:2000:user\n",
	} {
		add(t, w, tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, []byte(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func dirMode(name string) int64 {
	if name == "tmp" {
		return 0o1777
	}
	return 0o755
}

// add adds an entry to a tar file.
func add(t *testing.T, w *tar.Writer, header tar.Header, data []byte) {
	t.Helper()
	header.Size = int64(len(data))
	if err := w.WriteHeader(&header); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
}
