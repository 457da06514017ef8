package systemd

import (
	"strings"
	"testing"

	godbus "github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
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
		{"5", int32(5)},
		{"-5", int32(-5)},
		{"1.5", 1.5},
		{"byte 255", byte(255)},
		{"uint64 18446744073709551615", uint64(1<<64 - 1)},
		{"@t 7", uint64(7)},
		{"['a', 'b']", []string{"a", "b"}},
		{"@as []", []string{}},
	}
	for _, tt := range tests {
		got, err := parseValue(tt.text)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("parseValue(%q): %v (-want +got):\n%s", tt.text, err, diff)
		}
	}
}

// A text that is not a value is an error, and so is text after a value.
func TestParseValueFaults(t *testing.T) {
	for _, text := range []string{
		"", "plain", "3000000000", "byte 256", "uint32 -1", "'open", "'a' 'b'", "[]", "[1, 'a']", "[1", "()", "('a', 5)",
		"@s", "@s 5", "@as 'a'", "@zz 1", "<1", "٧", "5²", "{'a': 1", strings.Repeat("[", 1000),
	} {
		if got, err := parseValue(text); err == nil || !strings.Contains(err.Error(), "GVariant's text form") {
			t.Errorf("parseValue(%.40q) = %v, %v", text, got, err)
		}
	}
}

func TestParseProperty(t *testing.T) {
	tests := []struct {
		name, text string
		want       Property
	}{
		{"CollectMode", "'inactive-or-failed'", NewProperty("CollectMode", "inactive-or-failed")},
		{"TimeoutStopUSec", "uint64 5", NewProperty("TimeoutStopUSec", uint64(5))},
		{"TimeoutStopSec", "5", NewProperty("TimeoutStopUSec", uint64(5_000_000))},
		{"TimeoutStopSec", "uint64 5", NewProperty("TimeoutStopUSec", uint64(5_000_000))},
		{"RuntimeMaxSec", "0.25", NewProperty("RuntimeMaxUSec", uint64(250_000))},
	}
	for _, tt := range tests {
		got, err := ParseProperty(tt.name, tt.text)
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(godbus.Variant{}, godbus.Signature{})); diff != "" || err != nil {
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
	for _, text := range []string{"true", "uint64 5", `'a\u00e9'`, "[('a', 5)]", "@a(ss) []", "<[1]>", "-1e5", "@", "{1:2}", "b'x'"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parseValue(text)
		if (v == nil) != (err != nil) {
			t.Errorf("parseValue(%q) = %v, %v", text, v, err)
		}
	})
}
