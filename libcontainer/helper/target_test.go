package helper

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWalk follows paths in a root with links of all kinds.
func TestWalk(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"a/b", "run"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(root+"/file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{
		"abs": "/a", "out": "../../../../etc", "a/up": "../run/x", "dangling": "/none/y", "chain": "dangling/../z",
		"loop": "loop", "tofile": "file", "host": root + "/a",
	} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		path, there, missing string
		err                  error
	}{
		{"a/b", "a/b", "", nil},
		{"a/b/c/d", "a/b", "c/d", nil},
		{"abs/b/c", "a/b", "c", nil},
		{"out/passwd", "", "etc/passwd", nil}, // never the host's
		{"a/up/z", "run", "x/z", nil},
		{"dangling", "", "none/y", nil},
		{"chain", "", "none/z", nil},
		{"../../a/./b/../x", "a", "x", nil},
		{"none/../../a", "a", "", nil},
		{"host/x", "", path.Join(root[1:], "a/x"), nil},
		{"tofile", "file", "", nil},
		{"tofile/x", "", "", unix.ENOTDIR},
		{"loop/x", "", "", unix.ELOOP},
	}
	dir, err := os.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for _, test := range tests {
		w := walk{root: int(dir.Fd())}
		err := w.follow(test.path)
		there, missing := path.Join(w.there...), path.Join(w.missing...)
		w.close()
		if err != test.err || err == nil && (there != test.there || missing != test.missing) {
			t.Errorf("%s: %q and %q, %v, want %q and %q, %v", test.path, there, missing, err, test.there, test.missing, test.err)
		}
	}
}
