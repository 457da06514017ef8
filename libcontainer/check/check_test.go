package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// examine examines a configuration that is given as text.
func examine(t testing.TB, text []byte) *spec.Examined {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, spec.ConfigFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := spec.Examine(dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// goodHost returns facts of a host on which everything that the configuration names is
// there.
func goodHost(s *specs.Spec) *Facts {
	f := &Facts{
		Files: map[string]File{}, Namespaces: map[string]Namespace{}, Capabilities: 1<<41 - 1,
		Kernel: Kernel{
			AppArmor: true, SELinux: true, SeccompActions: strings.Fields("kill_process kill_thread trap errno user_notif trace log allow"),
			Filesystems: strings.Fields("proc tmpfs devpts sysfs mqueue cgroup cgroup2 overlay"), NrOpen: 1 << 20,
		},
	}
	f.Files[s.Root.Path] = File{Kind: unix.S_IFDIR}
	for _, m := range s.Mounts {
		f.Files[m.Source] = File{Kind: unix.S_IFDIR, Real: m.Source}
	}
	for _, n := range s.Linux.Namespaces {
		f.Namespaces[n.Path] = Namespace{Type: n.Type}
		f.Kernel.Namespaces = append(f.Kernel.Namespaces, n.Type)
	}
	for _, stage := range hookStages {
		for _, h := range spec.Hooks(s.Hooks, stage) {
			f.Files[h.Path] = File{Kind: unix.S_IFREG}
		}
	}
	if s.Linux.Seccomp != nil {
		for _, flag := range s.Linux.Seccomp.Flags {
			f.Kernel.SeccompFlags = append(f.Kernel.SeccompFlags, string(flag))
		}
	}
	return f
}

// plain is a configuration in which no rule finds more than Info. Tests change it.
func plain(t testing.TB) *specs.Spec {
	t.Helper()
	text, err := os.ReadFile("testdata/docker_default.json")
	if err != nil {
		t.Fatal(err)
	}
	return examine(t, text).Spec
}

// ruleCase is a change of a plain configuration on a good host, and the only finding
// that comes of it besides those that the plain one has.
type ruleCase struct {
	rule   string
	want   Severity
	path   string
	change func(s *specs.Spec, f *Facts)
}

// none of the findings: what is changed is right.
const silent = ""

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	usual := map[string]bool{}
	s := plain(t)
	for _, f := range found(t, s, goodHost(s)) {
		usual[f.Rule+f.Path+f.Problem], seen[f.Rule] = true, true
	}
	for _, cases := range [][]ruleCase{specificationCases, hostCases, namespaceCases, mountCases, deviceCases, practiceCases} {
		for _, x := range cases {
			s := plain(t)
			facts := goodHost(s)
			x.change(s, facts)
			more := slices.DeleteFunc(found(t, s, facts), func(f Finding) bool { return usual[f.Rule+f.Path+f.Problem] })
			if x.rule == silent && len(more) == 0 {
				continue
			}
			if len(more) != 1 || more[0].Rule != x.rule || more[0].Severity != x.want || more[0].Path != x.path {
				t.Errorf("want %s: %s at %s, found:", x.rule, x.want, x.path)
				for _, f := range more {
					t.Errorf("\t%s: %s: %s", f.Rule, f.Severity, f.String())
				}
			}
			seen[x.rule] = true
		}
	}
	seen["not-json"] = true // TestNotJSON
	for _, r := range Rules() {
		if !seen[r.ID] {
			t.Errorf("no case is about the rule %s", r.ID)
		}
	}
}

// found writes a configuration to a file and returns what the rules find in that.
func found(t *testing.T, s *specs.Spec, facts *Facts) []Finding {
	t.Helper()
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	all := Check(examine(t, text), facts)
	for _, f := range all {
		if f.Problem == "" || f.Place.Start.Line == 0 {
			t.Errorf("incomplete: %+v", f)
		}
		if limit := ruleOf(f.Rule).Severity; f.Severity > limit {
			t.Errorf("%s: severity %s, and the rule says %s", f.Rule, f.Severity, limit)
		}
	}
	return all
}

func TestNotJSON(t *testing.T) {
	all := Check(examine(t, []byte("{\n\t\"root\": ]\n}")), nil)
	if len(all) != 1 || all[0].Rule != "not-json" || all[0].Place.Start != (spec.Position{Line: 2, Column: 10}) {
		t.Errorf("found %+v", all)
	}
}

// TestOrder has the worst first and then the order of the file.
func TestOrder(t *testing.T) {
	s := plain(t)
	s.Linux.Seccomp.DefaultAction = "SCMP_ACT_NONE"
	s.Process.Cwd = "relative"
	s.Mounts = append(s.Mounts, bind("/", "/host"), bind("/etc", "/etc2"))
	all := found(t, s, nil)
	sorted := slices.IsSortedFunc(all, func(a, b Finding) int {
		if a.Severity != b.Severity {
			return int(b.Severity) - int(a.Severity)
		}
		return a.Place.Start.Line - b.Place.Start.Line
	})
	if !sorted || all[0].Severity != Error || all[1].Severity != Error || all[2].Severity != Warning {
		t.Errorf("not in order: %+v", all)
	}
}

// TestHostileSize has more of everything than a container can have.
func TestHostileSize(t *testing.T) {
	text := `{"mounts": [` + strings.Repeat(`{"source":"/","options":["bind"]},`, 2*MaxMounts) + `{}]}`
	all := Check(examine(t, []byte(text)), nil)
	if n := len(all); n < 2*maxOfRule || n > 4*maxOfRule {
		t.Errorf("%d findings", n)
	}
}

// TestEmpty has configurations without what others have.
func TestEmpty(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"linux": null, "process": null}`, `{"linux": {}, "process": {}, "root": {}, "hooks": {}, "mounts": [{}, null]}`,
		`{"linux": {"resources": {"memory": {}, "pids": {}, "devices": [{}, null]}, "seccomp": {"syscalls": [{}]}, "devices": [{}], "namespaces": [{}, {"path": "x"}]}}`,
		`{"hooks": {"prestart": [null, {}]}, "process": {"capabilities": {"bounding": [""]}, "rlimits": [{}]}}`, `[]`, `7`,
	} {
		e := examine(t, []byte(text))
		Check(e, nil)
		Check(e, &Facts{})
		Check(e, &Facts{Ordinary: true, InUserNamespace: true})
	}
}

func TestParseSeverity(t *testing.T) {
	for _, s := range []Severity{Info, Warning, Error} {
		if got, err := ParseSeverity(s.String()); got != s || err != nil {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	if _, err := ParseSeverity("fatal"); err == nil {
		t.Error("fatal is a severity")
	}
}
