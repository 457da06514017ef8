package plantext

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/plan"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/golden"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// engineSpec reads one of the configurations that engines write.
func engineSpec(t *testing.T, name string, edits ...bundle.Edit) *specs.Spec {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "spec", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = bundle.EditJSON(data, edits...); err != nil {
		t.Fatal(err)
	}
	s := new(specs.Spec)
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// privileged is what makes a container of Docker's a dangerous one.
func privileged(t *testing.T) *specs.Spec {
	all := []string{"CAP_CHOWN", "CAP_KILL", "CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_SYS_PTRACE"}
	return engineSpec(t, "docker",
		bundle.Set{Pointer: "/process/capabilities", Value: map[string]any{"bounding": all, "effective": all, "permitted": all}},
		bundle.Set{Pointer: "/process/terminal", Value: true},
		bundle.Set{Pointer: "/linux/maskedPaths", Value: []string{}},
		bundle.Set{Pointer: "/linux/readonlyPaths", Value: []string{}},
		bundle.Set{Pointer: "/linux/namespaces", Value: []any{map[string]any{"type": "mount"}, map[string]any{"type": "uts"}, map[string]any{"type": "network", "path": "/proc/1/ns/net"}}},
		bundle.Set{Pointer: "/linux/resources", Value: map[string]any{
			"devices": []any{map[string]any{"allow": true, "access": "rwm"}},
			"memory":  map[string]any{"limit": 512 << 20}, "pids": map[string]any{"limit": 100},
		}},
		bundle.Set{Pointer: "/mounts/-", Value: map[string]any{"destination": "/var/run/docker.sock", "type": "bind", "source": "/var/run/docker.sock", "options": []string{"bind", "ro"}}},
		bundle.Set{Pointer: "/mounts/-", Value: map[string]any{"destination": "/host", "type": "bind", "source": "/", "options": []string{"rbind", "rshared"}}},
		bundle.Set{Pointer: "/hooks", Value: map[string]any{
			"createRuntime": []any{map[string]any{"path": "/usr/bin/hook", "args": []string{"hook", "prestart"}, "timeout": 5}},
			"poststop":      []any{map[string]any{"path": "/usr/bin/clean"}},
		}},
	)
}

func usualOptions() compile.Options {
	return compile.Options{Bundle: "/bundle", WaitForStart: true, Keyring: "_ses.test"}
}

// The plans of the configurations that engines write, as an operator reads them.
func TestPlanGolden(t *testing.T) {
	for name, s := range map[string]*specs.Spec{
		"docker": engineSpec(t, "docker"), "podman": engineSpec(t, "podman"), "pause": engineSpec(t, "pause"), "default": engineSpec(t, "default"),
		"privileged": privileged(t),
	} {
		t.Run(name, func(t *testing.T) {
			golden.Compare(t, name+".txt", []byte(unnumbered(text(t, planOf(t, s, 2, plan.Start, usualOptions())))))
		})
	}
	t.Run("exec", func(t *testing.T) {
		s := engineSpec(t, "docker", bundle.Set{Pointer: "/process/args", Value: []string{"id"}}, bundle.Set{Pointer: "/process/user", Value: map[string]any{"uid": 1000, "gid": 1000}})
		golden.Compare(t, "exec.txt", []byte(unnumbered(text(t, planOf(t, s, 1, plan.Exec, usualOptions())))))
	})
}

// unnumbered returns a plan without the numbers of steps, all of which another
// step in front would change.
func unnumbered(text string) string {
	for _, r := range []struct{ pattern, with string }{
		{`(?m)^ +[0-9]+(-[0-9]+)?  `, "        .  "}, {`   steps [0-9]+-[0-9]+`, "   steps"}, {`[0-9]+ steps`, "N steps"},
	} {
		text = regexp.MustCompile(r.pattern).ReplaceAllString(text, r.with)
	}
	return text
}

// What engines write by default is nothing to look at.
func TestNoAlarm(t *testing.T) {
	for _, name := range []string{"docker", "podman", "pause", "default"} {
		for _, f := range planOf(t, engineSpec(t, name), 2, plan.Start, usualOptions()).Summary {
			if f.Risk != "" {
				t.Errorf("%s: %s %s: %s", name, f.Topic, f.Key, f.Risk)
			}
		}
	}
}

func TestDiffGolden(t *testing.T) {
	a := planOf(t, engineSpec(t, "docker"), 2, plan.Start, usualOptions())
	b := planOf(t, privileged(t), 2, plan.Start, usualOptions())
	var text bytes.Buffer
	if err := WriteDiff(&text, "/old", "/new", plan.Compare(a, b, false), Style{}); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "diff.txt", text.Bytes())
}

func TestFilterGolden(t *testing.T) {
	s := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno,
		Architectures: []specs.Arch{specs.ArchX86},
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"read", "write", "execve", "exit_group"}, Action: specs.ActAllow},
			{Names: []string{"clone"}, Action: specs.ActAllow, Args: []specs.LinuxSeccompArg{{Value: 0x7e020000, Op: specs.OpMaskedEqual}}},
			{Names: []string{"mount"}, Action: specs.ActKillProcess},
		},
	}
	f, err := seccomp.New(s, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	list, err := seccomp.List(s, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := WriteFilter(&text, f, list, Style{Full: true}); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "filter.txt", text.Bytes())
}

// Every step is in the full text, with the phases, and nothing else is left out.
func TestFull(t *testing.T) {
	p := planOf(t, privileged(t), 2, plan.Start, usualOptions())
	var b bytes.Buffer
	if err := Write(&b, p, Style{Full: true, Width: maxWidth}); err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(b.String()), " ")
	for n := range p.Program.Steps {
		if n > 1 && !strings.Contains(flat, strings.Join(strings.Fields(p.Step(n)), " ")) {
			t.Errorf("step %d, %s, is not in the text", n, p.Step(n))
		}
	}
	for _, phase := range p.Phases {
		if !strings.Contains(flat, phase.Title) {
			t.Errorf("phase %s is not in the text", phase.Name)
		}
	}
}

// Lines are as long as the terminal is wide, but for words that are longer.
func TestWidth(t *testing.T) {
	p := planOf(t, privileged(t), 2, plan.Start, usualOptions())
	for _, width := range []int{10, 40, 80, 100, 130} {
		var b bytes.Buffer
		if err := Write(&b, p, Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimRight(line, "\n")
			words := strings.Fields(line)
			longest := slices.MaxFunc(append(words, ""), func(a, b string) int { return len(a) - len(b) })
			if n := utf8.RuneCountInString(line); n > max(width, minWidth) && len(longest) < max(width, minWidth)-2*labelWidth {
				t.Errorf("width %d: a line has %d columns: %q", width, n, line)
			}
		}
	}
}

// Without colours there is not one escape sequence, whatever is in the
// configuration; with them the text is the same.
func TestColour(t *testing.T) {
	s := privileged(t)
	s.Process.Args = []string{"\x1b[31mred", "a b"}
	s.Hostname = "host\x1b]0;title\a"
	s.Annotations = map[string]string{"run.oci.hooks.stdout": "/log\x1b[2J"}
	s.Mounts[8].Destination = "/\x1b[1m"
	p := planOf(t, s, 2, plan.Start, usualOptions())
	var plainText, coloured bytes.Buffer
	for _, full := range []bool{false, true} {
		plainText.Reset()
		coloured.Reset()
		if err := Write(&plainText, p, Style{Full: full}); err != nil {
			t.Fatal(err)
		}
		if err := Write(&coloured, p, Style{Full: full, Colour: true}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(plainText.String(), "\x1b\a") {
			t.Errorf("full %v: an escape sequence of the configuration got through", full)
		}
		if !strings.Contains(coloured.String(), "\x1b[") {
			t.Errorf("full %v: there are no colours", full)
		}
		if stripped(coloured.String()) != plainText.String() {
			t.Errorf("full %v: the text differs with colours", full)
		}
	}
}

// stripped returns text without colours.
func stripped(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, text, _ = strings.Cut(rest, "m")
	}
}
