package mount

import (
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// bindFlagTests say what becomes of a host's mount in a bind mount with
// options. The results are those of runc 1.3.6. With a user namespace they are
// the same, or other attributes, or the error of a locked attribute.
var bindFlagTests = []struct {
	source, options string // separated by spaces
	want, inUser    string // "" for the same
}{
	// Without options about attributes the source's stay.
	{"nosuid nodev noexec", "", "rw,nosuid,nodev,noexec,relatime", ""},
	{"nosuid nodev noexec", "rslave", "rw,nosuid,nodev,noexec,relatime", ""},
	{"ro nosymfollow", "defaults", "ro,relatime,nosymfollow", ""},
	// With them, what is not named is cleared; locked attributes stay.
	{"nosuid nodev noexec", "rw", "rw,relatime", "rw,nosuid,nodev,noexec,relatime"},
	{"nosuid nodev noexec", "ro", "ro,relatime", "ro,nosuid,nodev,noexec,relatime"},
	{"nosuid nodev noexec", "nosuid nodev", "rw,nosuid,nodev,relatime", "rw,nosuid,nodev,noexec,relatime"},
	{"ro nosymfollow", "nodev", "rw,nodev,relatime", "ro,nodev,relatime"},
	{"ro", "async", "rw,relatime", "ro,relatime"},
	{"nosuid", "loud", "rw,relatime", "rw,nosuid,relatime"},
	{"nosuid", "noiversion", "rw,relatime", "rw,nosuid,relatime"},
	// A locked attribute that is to be cleared by its name is an error.
	{"nosuid nodev noexec", "exec", "rw,relatime", locked},
	{"nosuid nodev noexec", "dev", "rw,relatime", locked},
	{"nosuid nodev noexec", "ro suid", "ro,relatime", locked},
	{"ro", "rw", "rw,relatime", locked},
	{"nosuid", "rw", "rw,relatime", "rw,nosuid,relatime"},
	// Access times are replaced as a whole, by options that set one.
	{"noatime nodiratime", "nosuid", "rw,nosuid,noatime,nodiratime", ""},
	{"noatime nodiratime", "atime diratime", "rw,noatime,nodiratime", ""},
	{"noatime nodiratime", "noatime nodiratime", "rw,noatime,nodiratime", ""},
	{"noatime", "relatime", "rw,relatime", locked},
	{"noatime nodiratime", "relatime", "rw,relatime", locked},
	{"noatime", "nodiratime", "rw,nodiratime,relatime", locked},
	{"relatime", "noatime", "rw,noatime", locked},
	{"relatime", "nodiratime", "rw,nodiratime,relatime", locked},
	{"relatime", "strictatime noatime", "rw", locked},
	{"relatime", "noatime relatime", "rw,noatime", locked},
	{"strictatime", "norelatime", "rw", ""},
	{"strictatime", "nostrictatime", "rw", ""},
	{"strictatime", "relatime", "rw,relatime", locked},
	// Recursive options change what they name and nothing else, and come last.
	{"nosuid ro", "rrw", "rw,nosuid,relatime", locked},
	{"nosuid ro", "rnoexec", "ro,nosuid,noexec,relatime", ""},
	{"nosuid", "rro rw", "ro,relatime", "ro,nosuid,relatime"},
	{"nosuid", "ro rrw", "rw,relatime", "rw,nosuid,relatime"},
	{"noatime", "ratime", "rw,relatime", locked},
	{"noatime", "rrelatime", "rw,relatime", locked},
	{"noatime", "rnorelatime", "rw,relatime", locked},
	{"noatime", "rnostrictatime", "rw,relatime", locked},
	{"strictatime", "rnostrictatime", "rw,relatime", locked},
	{"noatime nodiratime", "rdiratime", "rw,noatime", locked},
	{"relatime", "rnoatime", "rw,noatime", locked},
	{"relatime", "rstrictatime ratime", "rw", locked},
	{"noatime", "relatime rnoatime", "rw,noatime", locked},
}

// TestBindFlags: a bind mount has the flags that its options name, if they name
// any, as with mount(2). With an engine's "rw", a volume that its host mounts
// noexec has no other flags.
func TestBindFlags(t *testing.T) {
	h := newHost(t)
	h.must(os.Chown(h.path("rootfs"), firstID, firstID))
	for _, test := range bindFlagTests {
		dir := h.mkdir("source")
		h.mount(dir, "tmpfs", unix.MS_PRIVATE)
		h.must(unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|mountFlags(test.source), ""))
		bind := specs.Mount{Destination: "/dir", Source: dir, Options: append(strings.Fields(test.options), "rbind")}
		for _, c := range []RootConfig{own, inUser} {
			want := test.want
			if c.UserNamespace && test.inUser != "" {
				want = test.inUser
			}
			got := ""
			if k := h.run(c, h.entries(bind), bind); k.err == "" {
				got = k.mount("/dir").options
			} else {
				got = strings.TrimPrefix(k.err, "mounts[0] (/dir): set the attributes of the mount: ")
			}
			if got != want {
				t.Errorf("%s, bound with %q, user namespace %v: got %s, want %s", test.source, test.options, c.UserNamespace, got, want)
			}
		}
		h.must(unix.Unmount(dir, unix.MNT_DETACH))
	}
}

// mountFlags returns the flags of mount(2) that options set.
func mountFlags(options string) (flags uintptr) {
	all := map[string]uintptr{
		"ro": unix.MS_RDONLY, "nosuid": unix.MS_NOSUID, "nodev": unix.MS_NODEV, "noexec": unix.MS_NOEXEC,
		"nosymfollow": unix.MS_NOSYMFOLLOW, "noatime": unix.MS_NOATIME, "nodiratime": unix.MS_NODIRATIME,
		"relatime": unix.MS_RELATIME, "strictatime": unix.MS_STRICTATIME,
	}
	for o := range strings.FieldsSeq(options) {
		flags |= all[o]
	}
	return flags
}

// TestBindFlagsNested: a runtime that is itself in a user namespace meets
// locked attributes, whether or not the container has a user namespace.
func TestBindFlagsNested(t *testing.T) {
	h := newHost(t)
	p := compile(t, RootConfig{Path: "/r", OwnNamespace: true, Nested: true}, "/", nil, h.entries(
		specs.Mount{Destination: "/dir", Source: "/x", Options: []string{"bind", "ro"}}))
	var sets int
	for n := range p.Steps {
		if o := p.Origin(n); o.Path == "mounts[0]" && p.Steps[n].Nr == unix.SYS_MOUNT_SETATTR {
			sets++
		}
	}
	if sets != 2 {
		t.Errorf("tries %d times, want once with and once without the attributes that are not named", sets)
	}
}
