package spec_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/spec"
)

// corpus are the configurations that engines write. Those that run as they
// are come first.
var corpus = []string{"docker", "podman", "pause", "default"}

func readCorpus(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// newBundle makes a bundle with an empty rootfs and this configuration.
func newBundle(t testing.TB, config []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "rootfs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLoadCorpus(t *testing.T) {
	for _, name := range corpus {
		t.Run(name, func(t *testing.T) {
			_, err := spec.Load(newBundle(t, readCorpus(t, name)))
			if got := errorText(err); got != "" {
				t.Errorf("got %q, want no error", got)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestLoadBytes checks what is said of files that are not a configuration.
func TestLoadBytes(t *testing.T) {
	tests := []struct {
		name, config, want string
	}{
		{"empty", "", `config.json: line 1, column 1: the file is empty (want an object)`},
		{"blank", " \n ", `config.json: line 2, column 2: the file is empty (want an object)`},
		{"array", `[]`, `config.json: is an array (want an object)`},
		{"truncated", "{\n \"process\": {\"args\": [\"a\",\"b", `process.args[1]: line 2, column 29: the file ends here, within a value`},
		{"truncated object", `{"root": {"path": "rootfs"`, `root.path: line 1, column 27: the file ends here, within a value`},
		{"garbage behind", `{} x`, `config.json: line 1, column 4: invalid character 'x' at start of value`},
		{"two values", `{}{}`, `config.json: line 1, column 3: more text follows after the end of the object`},
		{"NUL", "{}\x00", `config.json: line 1, column 3: invalid character '\x00' at start of value`},
		{"not UTF-8", "{\"hostname\": \"é\xff\"}", `hostname: line 1, column 16: invalid UTF-8`},
		{"half a surrogate", `{"hostname": "\ud800x"}`, "hostname: line 1, column 15: invalid surrogate pair `\\ud800x\"}` in string"},
		{"comment", "{ // hello\n}", `config.json: line 1, column 3: invalid character '/' at start of value`},
		{"trailing comma", `{"mounts": [1,]}`, "mounts[0]: is a number (want an object)\n" +
			`mounts[1]: line 1, column 14: invalid character ',' at start of value`},
		{"byte order mark", "\ufeff{}", `config.json: line 1, column 1: invalid character '\ufeff' at start of value`},
		{"too deep", `{"x": ` + strings.Repeat("[", 20000), `x: line 1, column 10006: exceeded max depth`},
		{"number", `{"process": {"user": {"uid": 01}}}`, `process.user.uid: line 1, column 31: invalid character '1' after object value (expecting ',' or '}')`},
		{"escape", `{"hostname": "\x"}`, "hostname: line 1, column 15: invalid escape sequence `\\x` in string"},
		{"control character", "{\"hostname\": \"a\nb\"}", `hostname: line 1, column 16: invalid character '\n' in string (expecting non-control character)`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := spec.Load(newBundle(t, []byte(test.config)))
			if diff := cmp.Diff(test.want, errorText(err)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestLoadFile checks what is said of a config.json that is no such file.
func TestLoadFile(t *testing.T) {
	tests := []struct {
		name string
		make func(path string) error
		want string
		is   error
	}{
		{"missing", func(string) error { return nil }, "bundle B: has no config.json: no such file or directory", fs.ErrNotExist},
		{"no bundle", func(path string) error { return os.Remove(filepath.Dir(path)) }, "bundle B: no such file or directory", fs.ErrNotExist},
		{"directory", func(path string) error { return os.Mkdir(path, 0o755) }, "read B/config.json: is a directory (want a regular file)", nil},
		{"FIFO", func(path string) error { return unix.Mkfifo(path, 0o644) }, "read B/config.json: is a FIFO (want a regular file)", nil},
		{"dangling link", func(path string) error { return os.Symlink("nowhere", path) }, "bundle B: has no config.json: no such file or directory", fs.ErrNotExist},
		{"loop", func(path string) error { return os.Symlink("config.json", path) }, "open B/config.json: too many levels of symbolic links", unix.ELOOP},
		{"device", func(path string) error { return os.Symlink("/dev/null", path) }, "read B/config.json: is a device (want a regular file)", nil},
		{"huge", func(path string) error {
			f, err := os.Create(path)
			if err != nil {
				return err
			}
			defer f.Close()
			return f.Truncate(1 << 40)
		}, "read B/config.json: is larger than 32 MiB", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := test.make(filepath.Join(dir, "config.json")); err != nil {
				t.Fatal(err)
			}
			_, err := spec.Load(dir)
			if got := strings.ReplaceAll(errorText(err), dir, "B"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is not %v", err, test.is)
			}
		})
	}
}

// TestLoadRootfs checks that root.path is looked for on the disk.
func TestLoadRootfs(t *testing.T) {
	tests := []struct{ name, path, want string }{
		{"missing", "nowhere", "root.path: B/nowhere does not exist (want a directory, absolute or relative to the bundle)"},
		{"missing, absolute", "/nowhere/at/all", "root.path: /nowhere/at/all does not exist (want a directory, absolute or relative to the bundle)"},
		{"file", "config.json", "root.path: B/config.json is not a directory (want a directory, absolute or relative to the bundle)"},
		{"below a file", "config.json/x", "root.path: stat B/config.json/x: not a directory (want a directory, absolute or relative to the bundle)"},
		{"outside of the bundle", "..", ""},
		{"dot", ".", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := strings.Replace(string(readCorpus(t, "docker")), `"path": "rootfs"`, `"path": "`+test.path+`"`, 1)
			dir := newBundle(t, []byte(config))
			_, err := spec.Load(dir)
			if got := strings.ReplaceAll(errorText(err), dir, "B"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestLoadTypes checks that every value of a wrong type is named at once,
// together with other faults but not twice.
func TestLoadTypes(t *testing.T) {
	const config = `{
		"ociVersion": 1,
		"process": {
			"terminal": "no",
			"user": {"uid": -1, "gid": 4294967296, "additionalGids": [1, 1.5, "2"], "umask": 1e2},
			"args": [1, "x", null, {"a": [1]}],
			"cwd": null,
			"capabilities": [],
			"oomScoreAdj": true
		},
		"root": "rootfs",
		"mounts": [{"destination": "/a", "type": "tmpfs", "options": "ro"}, 7],
		"annotations": {"a.b": 1, "ok": "ok"},
		"linux": {
			"sysctl": {"net.x": []},
			"resources": {"rdma": {"mlx": {"hcaHandles": -1}}, "memory": {"limit": 9223372036854775808}},
			"namespaces": {},
			"maskedPaths": [["/x"]]
		},
		"windows": 1, "unknown": {"process": [{}]}
	}`
	want := strings.Join([]string{
		`ociVersion: is a number (want a string)`,
		`process.terminal: is a string (want a boolean)`,
		`process.user.uid: is -1 (want a whole number from 0 to 4294967295)`,
		`process.user.gid: is 4294967296 (want a whole number from 0 to 4294967295)`,
		`process.user.additionalGids[1]: is 1.5 (want a whole number from 0 to 4294967295)`,
		`process.user.additionalGids[2]: is a string (want a whole number from 0 to 4294967295)`,
		`process.user.umask: is 1e2 (want a whole number from 0 to 4294967295)`,
		`process.args[0]: is a number (want a string)`,
		`process.args[3]: is an object (want a string)`,
		`process.capabilities: is an array (want an object)`,
		`process.oomScoreAdj: is a boolean (want a whole number from -9223372036854775808 to 9223372036854775807)`,
		`root: is a string (want an object)`,
		`mounts[0].options: is a string (want an array)`,
		`mounts[1]: is a number (want an object)`,
		`annotations["a.b"]: is a number (want a string)`,
		`linux.sysctl["net.x"]: is an array (want a string)`,
		`linux.resources.rdma["mlx"].hcaHandles: is -1 (want a whole number from 0 to 4294967295)`,
		`linux.resources.memory.limit: is 9223372036854775808 (want a whole number from -9223372036854775808 to 9223372036854775807)`,
		`linux.namespaces: is an object (want an array)`,
		`linux.maskedPaths[0]: is an array (want a string)`,
		`process.cwd: is missing (want an absolute path)`,
	}, "\n")
	_, err := spec.Load(newBundle(t, []byte(config)))
	if diff := cmp.Diff(want, errorText(err)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var faults spec.Faults
	if !errors.As(err, &faults) {
		t.Errorf("error is a %T", err)
	}
}
