package cli

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// FuzzSignal reads any text as a signal. What is accepted has one of the forms that are
// documented, and is a signal of the kernel.
func FuzzSignal(f *testing.F) {
	for _, text := range []string{"9", "KILL", "sigterm", "RTMIN+3", "RTMAX-30", "SIGSIGHUP", "+1", "", "٣", "RTMIN+", "0x9", "SIG9"} {
		f.Add(text)
	}
	form := regexp.MustCompile(`(?i)^([+-]?[0-9]+|(SIG)?([A-Z]+[0-9]*|RTM(IN|AX)([+-][+-]?[0-9]+)?))$`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseSignal(text)
		switch {
		case err != nil && n != 0:
			t.Errorf("%q: %d, %v", text, n, err)
		case err == nil && (n < 0 || n > sigRTMax || !form.MatchString(text)):
			t.Errorf("%q: %d", text, n)
		}
		if name := unix.SignalName(n); err == nil && n != 0 && name != "" {
			if same, err := parseSignal(name); same != n || err != nil {
				t.Errorf("%q is %d, whose name %s is %d, %v", text, n, name, same, err)
			}
		}
	})
}

// FuzzUser reads any text as --user. Nothing but numbers of ids is accepted, and least of
// all taken for root (CVE-2026-30892).
func FuzzUser(f *testing.F) {
	for _, text := range []string{"0", "1:", ":1", "1000:1000", "+1", "1 ", "4294967295", "1:2:3", "root", "00", "1\n", "٣"} {
		f.Add(text)
	}
	form := regexp.MustCompile(`^[0-9]+(:[0-9]+)?$`)
	f.Fuzz(func(t *testing.T, text string) {
		u := specs.User{UID: 77, GID: 78}
		o := execOptions{user: text}
		if err := o.changeUser(&u); err != nil {
			return
		}
		if text == "" {
			if u.UID != 77 || u.GID != 78 {
				t.Errorf("no user: %+v", u)
			}
			return
		}
		uid, gid, hasGID := strings.Cut(text, ":")
		if !form.MatchString(text) || !isID(uid, u.UID) || hasGID && !isID(gid, u.GID) || !hasGID && u.GID != 78 {
			t.Errorf("%q: %+v", text, u)
		}
	})
}

// isID reports whether a text is this id, which is one.
func isID(text string, id uint32) bool {
	digits := strings.TrimLeft(text, "0")
	return id != 1<<32-1 && (digits == strconv.FormatUint(uint64(id), 10) || digits == "" && id == 0)
}

// FuzzSubCgroups reads any text as exec --cgroup: no controller and no path comes of
// nothing.
func FuzzSubCgroups(f *testing.F) {
	for _, text := range []string{"a", "cpu,memory:/a", ":a", "cpu,:a", "a:b:c", "..", "/"} {
		f.Add(text, "pids:x")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		paths, err := subCgroups([]string{first, second})
		if err != nil {
			return
		}
		for controller, path := range paths {
			if controller != "" && !strings.Contains(first+second, controller) || !strings.Contains(first+" "+second, path) {
				t.Errorf("%q, %q: %q", first, second, paths)
			}
		}
	})
}
