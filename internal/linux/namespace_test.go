package linux

import (
	"errors"
	"io/fs"
	"testing"
)

func TestSameNamespace(t *testing.T) {
	const user = "/proc/self/ns/user"
	for _, test := range []struct {
		path, own string
		want      bool
	}{
		{"/proc/thread-self/ns/user", user, true},
		{"/proc/self/ns/net", user, false},
		{user, "/proc/self/ns/none", true}, // a kernel without
	} {
		if got, err := SameNamespace(test.path, test.own); got != test.want || err != nil {
			t.Errorf("%s and %s: %v, %v", test.path, test.own, got, err)
		}
	}
	if same, err := SameNamespace("/none", user); same || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that leads nowhere: %v, %v", same, err)
	}
}
