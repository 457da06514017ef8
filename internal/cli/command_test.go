package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runLine runs a command line and returns what it printed.
func runLine(args ...string) (out, errors string, status int) {
	var stdout, stderr bytes.Buffer
	r := &rt{out: &stdout, log: newLogger(&stderr)}
	status = r.exit(r.main(args))
	return stdout.String(), stderr.String(), status
}

func TestUsageErrors(t *testing.T) {
	root := t.TempDir()
	tests := []struct {
		args string
		want string
	}{
		{"nonsense", `rt: unknown command "nonsense"`},
		{"help nonsense", `rt: unknown command "nonsense"`},
		{"--nonsense list", "rt: flag provided but not defined: -nonsense"},
		{"--log", "rt: flag needs an argument: -log"},
		{"create --nonsense c1", "rt: create: flag provided but not defined: -nonsense"},
		{"create", "rt: create: 0 arguments given, want ID"},
		{"delete one two", "rt: delete: 2 arguments given, want ID"},
		{"kill", "rt: kill: 0 arguments given, want ID [SIGNAL]"},
		{"kill one two three", "rt: kill: 3 arguments given, want ID [SIGNAL]"},
		{"plan one two", "rt: plan: 2 arguments given, want [ID]"},
		{"list extra", `rt: list: unexpected argument "extra"`},
		{"--rootless=perhaps list", `rt: --rootless: "perhaps" (want true, false or auto)`},
		{"--log-format yaml list", `rt: --log-format: "yaml" (want text or json)`},
		{"list --format yaml", `rt: --format: "yaml" (want table or json)`},
	}
	for _, tt := range tests {
		args := append([]string{"--root", root}, strings.Fields(tt.args)...)
		out, errors, status := runLine(args...)
		if out != "" || status != exitFailure || !strings.HasPrefix(errors, tt.want) || strings.Count(errors, "\n") != 1 {
			t.Errorf("rt %s: status %d, stdout %q, stderr %q; want the line %q", tt.args, status, out, errors, tt.want)
		}
	}
}

// A wrong flag is told in the log too, if the log's flags come before it.
func TestUsageErrorsAreLogged(t *testing.T) {
	for _, line := range []string{"--nonsense list", "nonsense", "list extra"} {
		path := filepath.Join(t.TempDir(), "log")
		args := append([]string{"--log", path, "--log-format", "json"}, strings.Fields(line)...)
		if _, _, status := runLine(args...); status != exitFailure {
			t.Errorf("rt %s: status %d", line, status)
		}
		var entry struct{ Level string }
		if data, err := os.ReadFile(path); err != nil || json.Unmarshal(data, &entry) != nil || entry.Level != "error" {
			t.Errorf("rt %s: the log has no error alone: %v: %s", line, err, data)
		}
	}
}

func TestHelp(t *testing.T) {
	r := &rt{}
	seen := map[string]bool{}
	for _, c := range r.commands() {
		if seen[c.name] {
			t.Errorf("two commands %s", c.name)
		}
		seen[c.name] = true
		asked, _, status := runLine(c.name, "--help")
		if status != 0 || !strings.HasPrefix(asked, c.name+": "+c.usage+"\n") || !strings.Contains(asked, "usage: rt "+c.name) {
			t.Errorf("rt %s --help: status %d:\n%s", c.name, status, asked)
		}
		for _, names := range c.newFlags().names {
			if !strings.Contains(asked, "--"+names[0]) {
				t.Errorf("rt %s --help does not list --%s", c.name, names[0])
			}
		}
		if helped, _, _ := runLine("help", c.name); helped != asked {
			t.Errorf("rt help %s: other than rt %[1]s --help:\n%s", c.name, helped)
		}
	}
	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"-h"}} {
		out, _, status := runLine(args...)
		for name := range seen {
			if !strings.Contains(out, "\n   "+name+" ") {
				t.Errorf("rt %v: status %d, no command %s:\n%s", args, status, name, out)
			}
		}
	}
}
