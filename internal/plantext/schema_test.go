package plantext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/plan"
	"github.com/oci-rt/rt/libcontainer/seccomp"
)

// TestSchema holds what is printed as JSON against the schema in docs/: every
// member is described, and what the schema calls required is there.
func TestSchema(t *testing.T) {
	s := readSchema(t)
	a := planOf(t, engineSpec(t, "docker"), 1, plan.Start, usualOptions())
	b := planOf(t, privileged(t), 1, plan.Start, usualOptions())
	full, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	profile := fullSpec(t, full).Linux.Seccomp
	f, err := seccomp.New(profile, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	list, err := seccomp.List(profile, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"plan": func(w *bytes.Buffer) error { return b.WriteJSON(w) },
		"full": func(w *bytes.Buffer) error { return planned(t, full, 1, plan.Start).WriteJSON(w) },
		"exec": func(w *bytes.Buffer) error { return planned(t, full, 1, plan.Exec).WriteJSON(w) },
		"diff": func(w *bytes.Buffer) error { return plan.Compare(a, b, true).WriteJSON(w) },
		"diff of filters": func(w *bytes.Buffer) error {
			return plan.Compare(a, planned(t, full, 1, plan.Start), true).WriteJSON(w)
		},
		"same":   func(w *bytes.Buffer) error { return plan.Compare(a, a, false).WriteJSON(w) },
		"filter": func(w *bytes.Buffer) error { return f.WriteJSON(w, list) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kind := map[string]string{"full": "plan", "exec": "plan", "same": "diff", "diff of filters": "diff"}[name]
		if kind == "" {
			kind = name
		}
		doc := document(t, out.Bytes())
		for _, problem := range s.check(s.ref("#/$defs/"+kind), doc, name) {
			t.Error(problem)
		}
		if problems := s.check(s.root, doc, name); len(problems) > 0 {
			t.Errorf("%s: is not one of what the schema describes: %q", name, problems)
		}
	}
}

// The schema refuses what is not in it.
func TestSchemaRefuses(t *testing.T) {
	s := readSchema(t)
	for _, text := range []string{
		`{"schema":2,"facts":[],"calls":[],"steps":[]}`,
		`{"schema":1,"facts":[],"calls":[]}`,
		`{"schema":1,"facts":[{"topic":"x","old":null,"new":1}],"calls":[],"steps":[]}`,
		`{"schema":1,"facts":[],"calls":[],"steps":[],"more":1}`,
	} {
		if problems := s.check(s.ref("#/$defs/diff"), document(t, []byte(text)), "diff"); len(problems) != 1 {
			t.Errorf("%s: found %q, want one problem", text, problems)
		}
	}
}

func document(t *testing.T, text []byte) any {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return doc
}

// schema is as much of JSON Schema as docs/plan.schema.json needs.
type schema struct{ root map[string]any }

func readSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "plan.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return schema{document(t, text).(map[string]any)}
}

func (s schema) ref(ref string) map[string]any {
	node := any(s.root)
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		node = node.(map[string]any)[name]
	}
	return node.(map[string]any)
}

// check returns what is wrong with a value.
func (s schema) check(rule map[string]any, value any, at string) (problems []string) {
	if ref, ok := rule["$ref"].(string); ok {
		return s.check(s.ref(ref), value, at)
	}
	if options, ok := rule["oneOf"].([]any); ok {
		return s.oneOf(options, value, at)
	}
	if want, ok := rule["const"]; ok && want != value {
		return []string{fmt.Sprintf("%s: is %v, want %v", at, value, want)}
	}
	if list, ok := rule["enum"].([]any); ok && !slices.Contains(list, value) {
		return []string{fmt.Sprintf("%s: is %v, want one of %v", at, value, list)}
	}
	if kind, ok := rule["type"].(string); ok && kind != kindOf(value) {
		return []string{fmt.Sprintf("%s: is %v, want %s", at, value, kind)}
	}
	switch value := value.(type) {
	case map[string]any:
		return s.object(rule, value, at)
	case []any:
		items, _ := rule["items"].(map[string]any)
		for i, v := range value {
			problems = append(problems, s.check(items, v, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	return problems
}

func (s schema) oneOf(options []any, value any, at string) (problems []string) {
	met := 0
	for _, o := range options {
		found := s.check(o.(map[string]any), value, at)
		if len(found) == 0 {
			met++
		}
		problems = append(problems, found...)
	}
	if met == 1 {
		return nil
	}
	return []string{fmt.Sprintf("%s: meets %d of %d rules: %v", at, met, len(options), problems)}
}

func (s schema) object(rule, value map[string]any, at string) (problems []string) {
	required, _ := rule["required"].([]any)
	for _, name := range required {
		if _, ok := value[name.(string)]; !ok {
			problems = append(problems, fmt.Sprintf("%s.%s: is missing", at, name))
		}
	}
	properties, _ := rule["properties"].(map[string]any)
	for name, v := range value {
		p, ok := properties[name].(map[string]any)
		switch {
		case ok:
			problems = append(problems, s.check(p, v, at+"."+name)...)
		case rule["additionalProperties"] == false:
			problems = append(problems, fmt.Sprintf("%s.%s: is not in the schema", at, name))
		}
	}
	return problems
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}
