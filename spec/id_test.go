package spec_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/oci-rt/rt/spec"
)

func TestValidID(t *testing.T) {
	long := strings.Repeat("a", 256)
	tests := []struct{ id, want string }{
		{"a", ""},
		{"-a", ""},
		{"...", ""},
		{".hidden", ""},
		{"Az09_+-.", ""},
		{long[:255], ""},
		{"", "invalid container id: is empty"},
		{".", `invalid container id ".": names a directory`},
		{"..", `invalid container id "..": names a directory`},
		{long, "invalid container id: is 256 bytes long (want at most 255)"},
		{"a/b", `invalid container id "a/b": contains '/' (want only letters, digits and _ + - .)`},
		{"../x", `invalid container id "../x": contains '/' (want only letters, digits and _ + - .)`},
		{"a b", `invalid container id "a b": contains ' ' (want only letters, digits and _ + - .)`},
		{"a\x00", `invalid container id "a\x00": contains '\x00' (want only letters, digits and _ + - .)`},
		{"a\n", `invalid container id "a\n": contains '\n' (want only letters, digits and _ + - .)`},
		{"é", `invalid container id "é": contains 'é' (want only letters, digits and _ + - .)`},
	}
	for _, test := range tests {
		err := spec.ValidID(test.id)
		if got := errorText(err); got != test.want {
			t.Errorf("%q: got %q, want %q", test.id, got, test.want)
		}
		if err != nil && !errors.Is(err, spec.ErrInvalidID) {
			t.Errorf("%q: error is not ErrInvalidID", test.id)
		}
	}
}
