package cli

import (
	"bytes"
	"context"
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
	defer closeLog(r.log)
	status = r.exit(r.main(context.Background(), args))
	return stdout.String(), stderr.String(), status
}

func TestUsageErrors(t *testing.T) {
	root := t.TempDir()
	tests := []struct {
		args string
		want string
	}{
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
		if _, _, status := runLine(args...); status == 0 {
			t.Errorf("rt %s: status %d", line, status)
		}
		var entry struct{ Level string }
		if data, err := os.ReadFile(path); err != nil || json.Unmarshal(data, &entry) != nil || entry.Level != "error" {
			t.Errorf("rt %s: the log has no error alone: %v: %s", line, err, data)
		}
	}
}

// As under runc, an unknown command is told apart by its status. What may have
// been meant is told too.
func TestUnknown(t *testing.T) {
	tests := []struct {
		args   string
		status int
		want   string
	}{
		{"stat", exitUnknownCommand, `rt: unknown command "stat": No help topic for 'stat'. Did you mean "state"?`},
		{"help stat", exitUnknownCommand, `rt: No help topic for 'stat'. Did you mean "state"?`},
		{"run --bundel=x c1", exitFailure, "rt: run: flag provided but not defined: -bundel (did you mean --bundle?)"},
		{"run c1 --dettach", exitFailure, "rt: run: flag provided but not defined: -dettach (did you mean --detach?)"},
		{"--log-formt json list", exitFailure, "rt: flag provided but not defined: -log-formt (did you mean --log-format?)"},
	}
	for _, tt := range tests {
		out, errors, status := runLine(strings.Fields(tt.args)...)
		if out != "" || status != tt.status || errors != tt.want+"\n" {
			t.Errorf("rt %s: status %d, stdout %q, stderr %q; want status %d and %q", tt.args, status, out, errors, tt.status, tt.want)
		}
	}
}

func TestHelp(t *testing.T) {
	seen := map[string]bool{}
	for i, c := range new(rt).commands("") {
		if seen[c.Name] || constructors[i].name != c.Name {
			t.Errorf("command %s: a second one of that name, or not the name in the table", c.Name)
		}
		seen[c.Name] = true
		for _, args := range [][]string{{c.Name, "--help"}, {c.Name, "-h", "c1"}, {c.Name, "c1", "--help"}, {"help", c.Name}} {
			if openEnded(c.ArgsUsage) && args[1] == "c1" {
				continue
			}
			out, _, status := runLine(args...)
			if status != 0 || !strings.Contains(out, "rt "+c.Name+" - "+c.Usage+"\n") {
				t.Errorf("rt %v: status %d:\n%s", args, status, out)
			}
			for _, f := range c.Flags {
				if !strings.Contains(out, "--"+f.Names()[0]) {
					t.Errorf("rt %v does not list --%s", args, f.Names()[0])
				}
			}
		}
	}
	for _, args := range [][]string{nil, {"help"}, {"--help"}, {"-h"}, {"--root", "/x"}, {"--help", "state"}} {
		out, _, status := runLine(args...)
		for name := range seen {
			if status != 0 || !strings.Contains(out, "\n   "+name+" ") {
				t.Errorf("rt %v: status %d, no command %s:\n%s", args, status, name, out)
			}
		}
	}
}
