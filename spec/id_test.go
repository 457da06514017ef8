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
		{"a/b", `invalid container id "a/b": has '/' in it (want letters, digits and _ + - . only)`},
		{"../x", `invalid container id "../x": has '/' in it (want letters, digits and _ + - . only)`},
		{"a b", `invalid container id "a b": has ' ' in it (want letters, digits and _ + - . only)`},
		{"a\x00", `invalid container id "a\x00": has '\x00' in it (want letters, digits and _ + - . only)`},
		{"a\n", `invalid container id "a\n": has '\n' in it (want letters, digits and _ + - . only)`},
		{"é", `invalid container id "é": has 'é' in it (want letters, digits and _ + - . only)`},
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
