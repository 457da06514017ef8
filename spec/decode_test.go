package spec

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// inputs returns the test configurations, and one with every property.
func inputs(t testing.TB) [][]byte {
	t.Helper()
	full := new(specs.Spec)
	fill(reflect.ValueOf(full).Elem())
	data, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	list := [][]byte{data}
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

// TestDecodeLikeEncodingJSON puts one value after another of every kind in
// place of every value of the test configurations, and compares what comes of
// it with what encoding/json makes of it.
func TestDecodeLikeEncodingJSON(t *testing.T) {
	for _, data := range inputs(t) {
		var tree any
		if err := json.Unmarshal(data, &tree); err != nil {
			t.Fatal(err)
		}
		compareDecoders(t, data)
		for n := 0; ; n++ {
			found := false
			for _, value := range []any{nil, true, "x", "é\n\"", 7, -7, 0.5, 1e30, []any{}, []any{nil, 1, "x"}, map[string]any{}, map[string]any{"x": 1}} {
				place := n
				changed := replace(tree, &place, value)
				found = place < 0
				text, err := json.Marshal(changed)
				if err != nil {
					t.Fatal(err)
				}
				compareDecoders(t, text)
			}
			if !found {
				break
			}
		}
	}
}

// replace returns a copy of a JSON tree with value in its nth place.
func replace(tree any, n *int, value any) any {
	if *n--; *n == -1 {
		return value
	}
	switch tree := tree.(type) {
	case []any:
		list := make([]any, len(tree))
		for i := range tree {
			list[i] = replace(tree[i], n, value)
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for key := range tree {
			object[key] = replace(tree[key], n, value)
		}
		return object
	}
	return tree
}

func compareDecoders(t *testing.T, data []byte) {
	t.Helper()
	want := new(specs.Spec)
	wantErr := json.Unmarshal(data, want)
	got, faults := decode(data)
	if got == nil {
		t.Fatalf("%s: is not JSON: %v", data, faults)
	}
	for _, f := range append(Validate(got), faults...) {
		if !pathPattern.MatchString(f.Path) {
			t.Fatalf("%s: fault %q has no path", data, f)
		}
	}
	if (wantErr == nil) != (len(faults) == 0) {
		t.Fatalf("%s: want error %v, got %v", data, wantErr, faults)
	}
	if wantErr != nil {
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: (-want +got)\n%s", data, diff)
	}
}

// TestDecodeTwice checks what becomes of a property that is given twice.
func TestDecodeTwice(t *testing.T) {
	s, faults := decode([]byte(`{
		"hostname": "a", "hostname": "b",
		"process": {"args": ["a", "b"], "cwd": "/"}, "process": {"args": ["c"]},
		"annotations": {"a": "1", "a": "2"}, "linux": {}, "linux": null
	}`))
	want := &specs.Spec{
		Hostname:    "b",
		Process:     &specs.Process{Args: []string{"c"}, Cwd: "/"},
		Annotations: map[string]string{"a": "2"},
	}
	if diff := cmp.Diff(want, s); diff != "" || len(faults) > 0 {
		t.Errorf("faults %v (-want +got)\n%s", faults, diff)
	}
}

// What is wanted as text stays text, but is JSON for all that.
func TestDecodeKeepsText(t *testing.T) {
	type kept struct {
		Before int            `json:"before"`
		Text   jsontext.Value `json:"text"`
		After  int            `json:"after"`
	}
	for _, text := range []string{`[ {"a": [1,2]}, "é\n" ]`, `{}`, `"]"`, `1e3`, `true`} {
		var got kept
		if err := Decode(&got, "", []byte(`{"before":1, "text" : `+text+` ,"after":2}`)); err != nil {
			t.Error(err)
		}
		if string(got.Text) != text || got.Before != 1 || got.After != 2 {
			t.Errorf("%s: %+v", text, got)
		}
	}
	for _, text := range []string{"", "[1", "{x}", "[}"} {
		var got kept
		if err := Decode(&got, "", []byte(`{"text":`+text+`}`)); err == nil {
			t.Errorf("%s: no error, but %+v", text, got)
		}
	}
}

func TestDecodeUnknown(t *testing.T) {
	s, faults := decode([]byte(`{
		"Hostname": "x", "hostnam": 1, "windows": 7, "solaris": [], "vm": "x", "zos": 1, "freebsd": [1],
		"process": {"user": {"username": 1, "uid": 5}, "commandLine": 1},
		"linux": {"new": [[{"deep": null}]]}
	}`))
	want := &specs.Spec{Process: &specs.Process{User: specs.User{UID: 5}}, Linux: &specs.Linux{}}
	if diff := cmp.Diff(want, s); diff != "" || len(faults) > 0 {
		t.Errorf("faults %v (-want +got)\n%s", faults, diff)
	}
}

func TestDecodeEscapes(t *testing.T) {
	for _, text := range []string{`"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20ac"`, `"a\ud83d\ude00b"`, `"\u0000"`, `"é€😀"`, `"\ufffd"`} {
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		s, faults := decode([]byte(`{"hostname": ` + text + `}`))
		if len(faults) > 0 || s.Hostname != want {
			t.Errorf("%s: got %q, want %q, faults %v", text, s.Hostname, want, faults)
		}
	}
}

// pathPattern is the form of a JSON path, or the name of the file.
var pathPattern = regexp.MustCompile(`^(config\.json|(\w+|\["([^"\\]|\\.)*"\])(\.\w+|\[\d+\]|\["([^"\\]|\\.)*"\])*)$`)

// FuzzLoad checks that no input makes the loader panic, that text is refused
// as no JSON exactly when encoding/json refuses it, and that each fault names
// a place and a problem.
func FuzzLoad(f *testing.F) {
	for _, data := range inputs(f) {
		f.Add(data)
	}
	for _, text := range []string{"", "[", `{"a":}`, `"\ud800"`, "{}\x00", `{"process":{"args":[1,{}]}}`, "1e5", "-", "{\"\xff\":1}"} {
		f.Add([]byte(text))
	}
	bundle := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, faults := check(bundle, data)
		if s == nil && json.Valid(data) && !unreadable(data) {
			t.Fatalf("JSON was refused: %v", faults)
		}
		if s != nil && !json.Valid(data) {
			t.Fatalf("was accepted, but is not JSON")
		}
		for _, fault := range faults {
			if fault.Problem == "" || !pathPattern.MatchString(fault.Path) {
				t.Fatalf("fault without a place or a problem: %#v", fault)
			}
		}
		if len(faults) == 0 {
			Warnings(s)
		}
	})
}

// unreadable reports whether text may be refused although encoding/json takes
// it: that replaces what is not UTF-8 by U+FFFD.
func unreadable(data []byte) bool {
	return !utf8.Valid(data) || strings.Contains(strings.ToLower(string(data)), `\ud`)
}

func TestFaultPaths(t *testing.T) {
	full := inputs(t)[0]
	_, faults := check(t.TempDir(), full)
	if len(faults) < 30 {
		t.Errorf("only %d faults", len(faults))
	}
	for _, f := range faults {
		if !pathPattern.MatchString(f.Path) {
			t.Errorf("%q is not a JSON path", f.Path)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	bundle := b.TempDir()
	data, err := os.ReadFile("testdata/docker.json")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(bundle, "rootfs"), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bundle, ConfigFile), data, 0o644); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(bundle); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	data, err := os.ReadFile("testdata/docker.json")
	if err != nil {
		b.Fatal(err)
	}
	s, faults := decode(data)
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	b.ReportAllocs()
	for b.Loop() {
		if faults := Validate(s); len(faults) > 0 {
			b.Fatal(fmt.Sprint(faults))
		}
	}
}
