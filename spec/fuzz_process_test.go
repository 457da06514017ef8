package spec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzProcess loads and checks a process that an engine wants to execute. Nothing panics,
// and each fault has a place in it.
func FuzzProcess(f *testing.F) {
	for _, text := range []string{
		`{"args":["sh"],"cwd":"/"}`, `{"args":[],"user":{"uid":-1,"umask":511,"additionalGids":[1]},"cwd":"x"}`, `[]`, ``,
		`{"terminal":true,"consoleSize":{"height":1,"width":65536},"rlimits":[{"type":"RLIMIT_CPU","soft":2,"hard":1}]}`,
		`{"capabilities":{"bounding":["CAP_X"],"ambient":["CAP_KILL"]},"scheduler":{"policy":"SCHED_FIFO","nice":30},"ioPriority":{"class":"x"}}`,
		`{"execCPUAffinity":{"initial":"0-","final":"7-1"},"oomScoreAdj":1001,"apparmorProfile":"\u0000","selinuxLabel":"a:b"}`,
	} {
		f.Add([]byte(text))
	}
	for _, data := range inputs(f) {
		var config struct{ Process json.RawMessage }
		if json.Unmarshal(data, &config) == nil && config.Process != nil {
			f.Add([]byte(config.Process))
		}
	}
	path := filepath.Join(f.TempDir(), "process.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := LoadProcess(path)
		faults, ok := err.(Faults)
		if err != nil && !ok {
			t.Fatalf("load: %v", err)
		}
		if err == nil && !json.Valid(data) {
			t.Fatal("was accepted, but is not JSON")
		}
		if err == nil {
			s := Default()
			s.Process = p
			faults = ValidateProcess(s)
		}
		for _, fault := range faults {
			if fault.Problem == "" || !strings.HasPrefix(fault.Path, "process") || !pathPattern.MatchString(fault.Path) {
				t.Fatalf("fault without a place or a problem: %#v", fault)
			}
		}
	})
}
