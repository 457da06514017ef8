package systemd

import (
	"strings"
	"testing"

	godbus "github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/dbus"
)

func TestParseValue(t *testing.T) {
	tests := []struct {
		text string
		want any
	}{
		{"true", true},
		{" false ", false},
		{"'text'", "text"},
		{`"it's"`, "it's"},
		{`'it\'s \\ \n é \u00e9'`, "it's \\ \n é é"},
		{"5", int32(5)},
		{"-5", int32(-5)},
		{"0x10", int32(16)},
		{"1.5", 1.5},
		{"1e3", 1000.0},
		{"byte 255", byte(255)},
		{"int16 -3", int16(-3)},
		{"uint16 3", uint16(3)},
		{"int64 -3", int64(-3)},
		{"uint64 18446744073709551615", uint64(1<<64 - 1)},
		{"@t 7", uint64(7)},
		{"double 2", 2.0},
		{"string 'a'", "a"},
		{"objectpath '/a'", dbus.ObjectPath("/a")},
		{"@g 'as'", dbus.Signature("as")},
		{"['a', 'b']", dbus.Array{Elem: "s", Items: []any{"a", "b"}}},
		{"@as []", dbus.Array{Elem: "s"}},
		{"[uint32 1, 2,]", dbus.Array{Elem: "u", Items: []any{uint32(1), uint32(2)}}},
		{"@ay [1, 2]", []byte{1, 2}},
		{"[byte 1]", []byte{1}},
		{"('a', 5)", dbus.Struct{"a", int32(5)}},
		{"@a(ss) [('a', 'b')]", dbus.Array{Elem: "(ss)", Items: []any{dbus.Struct{"a", "b"}}}},
		{"[('/dev/null', 'rw'), ('b', 'r')]", dbus.Array{Elem: "(ss)", Items: []any{dbus.Struct{"/dev/null", "rw"}, dbus.Struct{"b", "r"}}}},
		{"<uint64 5>", dbus.Variant{Value: uint64(5)}},
		{"[<1>, <'a'>]", dbus.Array{Elem: "v", Items: []any{dbus.Variant{Value: int32(1)}, dbus.Variant{Value: "a"}}}},
	}
	for _, tt := range tests {
		got, err := ParseValue(tt.text)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("ParseValue(%q): %v (-want +got):\n%s", tt.text, err, diff)
		}
	}
}

// TestParseValueAsOthers compares with the library that runc uses.
func TestParseValueAsOthers(t *testing.T) {
	for _, text := range []string{
		"true", "'a b'", "5", "-7", "uint64 9", "1.5", "@s 'x'", "byte 3", `'a\u00e9'`, `"q"`,
	} {
		got, err := ParseValue(text)
		want, otherErr := godbus.ParseVariant(text, godbus.Signature{})
		if diff := cmp.Diff(want.Value(), got); diff != "" || err != nil || otherErr != nil {
			t.Errorf("%s: %v, %v (-want +got):\n%s", text, err, otherErr, diff)
		}
	}
}

func TestParseValueFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "missing",
		"plain":                         "without quotes?",
		"3000000000":                    "out of the range",
		"byte 256":                      "out of the range",
		"uint32 -1":                     "no value of type",
		"1_000":                         "no value of type",
		"'open":                         "no end",
		`'a\`:                           "within an escape",
		`'\uzzzz'`:                      "no character",
		`'\u12`:                         "within an escape",
		`'\ud800'`:                      "no character",
		`'\u0000'`:                      "NUL",
		"'\xff'":                        "UTF-8",
		"'a' 'b'":                       "follows the value",
		"[]":                            "type of an empty array",
		"[1, 'a']":                      `want a value of type "i"`,
		"[1 2]":                         "or a comma",
		"[1":                            "or a comma",
		"()":                            "too few values",
		"@(ss) ('a',)":                  "too few values",
		"@(ss) ('a','b','c')":           "more values",
		"@zz 1":                         "is no type",
		"@s":                            "missing",
		"@s 5":                          `no value of type "s"`,
		"@as 'a'":                       `want a value of type "as"`,
		"@b [true]":                     `want a value of type "b"`,
		"@i (1,)":                       `want a value of type "i"`,
		"@i <1>":                        `want a value of type "i"`,
		"@i true":                       `want a value of type "i"`,
		"@i uint32 1":                   `want "i"`,
		"<1":                            "want '>'",
		"{'a': 1}":                      "dictionaries",
		strings.Repeat("[", 1000):       "too deep",
		strings.Repeat("string ", 1000): "too deep",
	} {
		got, err := ParseValue(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseValue(%.40q) = %v, %v, want an error with %q", text, got, err, want)
		}
	}
}

func TestParseProperty(t *testing.T) {
	tests := []struct {
		name, text string
		want       Property
	}{
		{"CollectMode", "'inactive-or-failed'", Property{"CollectMode", "inactive-or-failed"}},
		{"TimeoutStopUSec", "uint64 5", Property{"TimeoutStopUSec", uint64(5)}},
		{"TimeoutStopSec", "5", Property{"TimeoutStopUSec", uint64(5_000_000)}},
		{"TimeoutStopSec", "uint64 5", Property{"TimeoutStopUSec", uint64(5_000_000)}},
		{"RuntimeMaxSec", "0.25", Property{"RuntimeMaxUSec", uint64(250_000)}},
	}
	for _, tt := range tests {
		got, err := ParseProperty(tt.name, tt.text)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("ParseProperty(%q, %q): %v (-want +got):\n%s", tt.name, tt.text, err, diff)
		}
	}
	for name, text := range map[string]string{
		"": "1", "ab": "1", "a.b.c": "1", "A1b": "1", "PIDs": "[uint32 1]", "Slice": "'a.slice'",
		"ASec": "-1", "BSec": "'1'", "CSec": "uint64 18446744073709551615", "DSec": "1e300", "Good": "bad",
	} {
		if got, err := ParseProperty(name, text); err == nil {
			t.Errorf("ParseProperty(%q, %q) = %v", name, text, got)
		}
	}
}

func FuzzParseValue(f *testing.F) {
	for _, text := range []string{"true", "uint64 5", `'a\u00e9'`, "[('a', 5)]", "@a(ss) []", "<[1]>", "-1e5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseValue(text)
		if (v == nil) != (err != nil) {
			t.Errorf("ParseValue(%q) = %v, %v", text, v, err)
		}
	})
}
