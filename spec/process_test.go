package spec

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestLoadProcess(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // the faults
	}{
		{"minimal", `{"args":["sh"],"cwd":"/"}`, ""},
		{"unknown property", `{"args":["sh"],"cwd":"/","x":{"y":1}}`, ""},
		{"empty", ``, "process: line 1, column 1: the file is empty (want an object)"},
		{"no object", `[]`, "process: is an array (want an object)"},
		{"two faults", `{"args":"sh","user":{"uid":-1}}`,
			"process.args: is a string (want an array)\nprocess.user.uid: is -1 (want a whole number from 0 to 4294967295)"},
	}
	for _, test := range tests {
		file := filepath.Join(t.TempDir(), "process.json")
		if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadProcess(file)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: error %q, want %q", test.name, got, test.want)
		}
	}
	if _, err := LoadProcess("/nonexistent"); err == nil {
		t.Error("a file that does not exist is no error")
	}
}

func TestValidateProcess(t *testing.T) {
	s := Default()
	s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	s.Linux.UIDMappings = []specs.LinuxIDMapping{{ContainerID: 0, HostID: 100000, Size: 10}}
	s.Linux.GIDMappings = s.Linux.UIDMappings
	s.Linux.Seccomp = &specs.LinuxSeccomp{} // nothing of the process
	s.Process = &specs.Process{Args: []string{"a\x00b"}, Cwd: "x", User: specs.User{UID: 10}}
	var got []string
	for _, f := range ValidateProcess(s) {
		got = append(got, f.Path)
	}
	if diff := cmp.Diff([]string{"process.cwd", "process.user.uid", "process.args[0]"}, got); diff != "" {
		t.Errorf("paths of faults (-want +got):\n%s", diff)
	}
}
