package creator

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// FuzzHome reads any text as a container's /etc/passwd. A home is text of that file which
// can be a variable, and none comes of another user's line.
func FuzzHome(f *testing.F) {
	f.Add([]byte("root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"), uint32(1000))
	f.Add([]byte("a:b:0:::/x\x00y\n:::::\n0:0:0:0:0:0:0"), uint32(0))
	f.Add(bytes.Repeat([]byte(":"), 70<<10), uint32(7))
	f.Fuzz(func(t *testing.T, passwd []byte, uid uint32) {
		home := findHome(bytes.NewReader(passwd), uid)
		if home == "" {
			return
		}
		if strings.ContainsAny(home, "\x00\n:") || !slices.ContainsFunc(strings.Split(string(passwd), "\n"), func(line string) bool {
			fields := strings.Split(strings.TrimSuffix(line, "\r"), ":")
			return len(fields) >= 6 && fields[5] == home
		}) {
			t.Errorf("%q", home)
		}
	})
}
