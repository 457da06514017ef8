package systemd

import (
	"strings"
	"testing"
)

func TestParsePlace(t *testing.T) {
	tests := []struct{ path, slice, unit string }{
		{"", "system.slice", "rt-id.scope"},
		{"::name", "system.slice", "name.scope"},
		{":p:name", "system.slice", "p-name.scope"},
		{"a-b.slice:p:name", "a-b.slice", "p-name.scope"},
		{"-:p:name", "-.slice", "p-name.scope"},
		{"-.slice:p:n@m", "-.slice", "p-n@m.scope"},
		{":p:a+b c-d", "system.slice", `p-a\x2bb\x20c-d.scope`},
		{":p:a/b", "system.slice", `p-a\x2fb.scope`},
		{`:p:a\x2bb`, "system.slice", `p-a\x2bb.scope`}, // escaped already
	}
	for _, tt := range tests {
		got, err := ParsePlace(tt.path, "id", "system.slice")
		if want := (Place{tt.slice, tt.unit}); got != want || err != nil {
			t.Errorf("ParsePlace(%q) = %v, %v, want %v", tt.path, got, err, want)
		}
	}
}

func TestParsePlaceFaults(t *testing.T) {
	for path, want := range map[string]string{
		"/a/b":                           "slice:prefix:name",
		"a:b":                            "slice:prefix:name",
		"a:b:c:d":                        "slice:prefix:name",
		"system:p:n":                     `"system" is not the name of a slice`,
		"a--b.slice:p:n":                 "a part of it is empty",
		"-a.slice:p:n":                   "a part of it is empty",
		".slice:p:n":                     "a part of it is empty",
		"a/b.slice:p:n":                  "is not the name of a slice",
		":p:":                            "is not the name of a unit",
		":p:" + strings.Repeat("x", 300): "is not the name of a unit",
		":p:n.slice":                     "is a slice",
	} {
		got, err := ParsePlace(path, "id", "system.slice")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParsePlace(%q) = %v, %v, want an error with %q", path, got, err, want)
		}
	}
}

func TestSlicePath(t *testing.T) {
	for slice, want := range map[string]string{
		"-.slice":      "",
		"system.slice": "/system.slice",
		"a-b.slice":    "/a.slice/a-b.slice",
		"a-b-c.slice":  "/a.slice/a-b.slice/a-b-c.slice",
		`a\x2db.slice`: `/a\x2db.slice`,
	} {
		if got, err := SlicePath(slice); got != want || err != nil {
			t.Errorf("SlicePath(%q) = %q, %v, want %q", slice, got, err, want)
		}
	}
}
