package spec

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

const (
	ro     = unix.MOUNT_ATTR_RDONLY
	nosuid = unix.MOUNT_ATTR_NOSUID
	nodev  = unix.MOUNT_ATTR_NODEV
	noexec = unix.MOUNT_ATTR_NOEXEC
	atime  = unix.MOUNT_ATTR__ATIME
	no     = unix.MOUNT_ATTR_NOATIME
	strict = unix.MOUNT_ATTR_STRICTATIME

	nodiratime  = unix.MOUNT_ATTR_NODIRATIME
	nosymfollow = unix.MOUNT_ATTR_NOSYMFOLLOW
)

func TestParseMountOptions(t *testing.T) {
	tests := []struct {
		options string // separated by spaces
		want    MountOptions
	}{
		{"", MountOptions{}},
		{"defaults silent loud iversion noiversion", MountOptions{}},
		{"ro", MountOptions{Set: ro, Super: []SuperFlag{{Name: "ro"}}}},
		{"rw", MountOptions{Clear: ro, Super: []SuperFlag{{Name: "rw"}}}},
		{"ro rw", MountOptions{Clear: ro, Super: []SuperFlag{{Name: "rw", Index: 1}}}},
		{"rw sync ro async dirsync", MountOptions{Set: ro, Super: []SuperFlag{
			{Name: "ro", Index: 2}, {Name: "async", Index: 3}, {Name: "dirsync", Index: 4}}}},
		{"mand nomand lazytime nolazytime", MountOptions{Super: []SuperFlag{
			{Name: "nomand", Index: 1}, {Name: "nolazytime", Index: 3}}}},
		{"nosuid nodev noexec", MountOptions{Set: nosuid | nodev | noexec}},
		{"nosuid suid dev exec noexec", MountOptions{Set: noexec, Clear: nosuid | nodev}},
		{"nosymfollow nodiratime", MountOptions{Set: unix.MOUNT_ATTR_NOSYMFOLLOW | unix.MOUNT_ATTR_NODIRATIME}},
		{"symfollow diratime", MountOptions{Clear: unix.MOUNT_ATTR_NOSYMFOLLOW | unix.MOUNT_ATTR_NODIRATIME}},

		// Access times: the last mode counts, and a negative option takes back
		// only the mode that it names.
		{"noatime", MountOptions{Set: no, Clear: atime}},
		{"strictatime noatime", MountOptions{Set: no, Clear: atime}},
		{"noatime strictatime", MountOptions{Set: strict, Clear: atime}},
		{"noatime relatime", MountOptions{Clear: atime}},
		{"noatime atime", MountOptions{Clear: atime}},
		{"strictatime atime", MountOptions{Set: strict, Clear: atime}},
		{"strictatime nostrictatime", MountOptions{Clear: atime}},
		{"noatime nostrictatime", MountOptions{Set: no, Clear: atime}},
		{"atime", MountOptions{Clear: atime}},
		{"nostrictatime", MountOptions{Clear: atime}},
		{"norelatime", MountOptions{}},
		{"noatime norelatime", MountOptions{Set: no, Clear: atime}},
		{"noatime nodiratime", MountOptions{Set: no | unix.MOUNT_ATTR_NODIRATIME, Clear: atime}},

		{"noiversion iversion", MountOptions{IVersion: true}},
		// A bind mount has the flags that its options name, if they name any.
		{"bind", MountOptions{Bind: true}},
		{"bind defaults rslave tmpcopyup", MountOptions{Bind: true, CopyUp: true,
			Propagation: []PropagationOption{{Flag: unix.MS_SLAVE, Recursive: true, Index: 2}}}},
		{"bind rw", MountOptions{Bind: true, Clear: ro, Unnamed: unnamed &^ ro}},
		{"bind nosuid exec", MountOptions{Bind: true, Set: nosuid, Clear: noexec, Unnamed: ro | nodev | nosymfollow}},
		{"bind async", MountOptions{Bind: true, Unnamed: unnamed}},
		{"bind loud", MountOptions{Bind: true, Unnamed: unnamed}},
		{"bind noiversion", MountOptions{Bind: true, Unnamed: unnamed}},
		{"bind atime diratime norelatime", MountOptions{Bind: true, Unnamed: unnamed}},
		{"bind relatime", MountOptions{Bind: true, Clear: atime | nodiratime, Unnamed: unnamed}},
		{"bind nodiratime", MountOptions{Bind: true, Set: nodiratime, Clear: atime, Unnamed: unnamed}},
		{"bind noatime", MountOptions{Bind: true, Set: no, Clear: atime | nodiratime, Unnamed: unnamed}},
		{"bind noatime atime", MountOptions{Bind: true, Unnamed: unnamed}},
		{"bind noatime nodiratime strictatime", MountOptions{Bind: true, Set: strict | nodiratime, Clear: atime, Unnamed: unnamed}},
		{"bind noatime relatime", MountOptions{Bind: true, Set: no, Clear: atime | nodiratime, Unnamed: unnamed}},
		{"bind strictatime noatime", MountOptions{Bind: true, Set: strict, Clear: atime | nodiratime, Unnamed: unnamed}},
		{"bind rnodev rnoatime", MountOptions{Bind: true, RecSet: nodev | no, RecClear: atime}},
		{"bind idmap", MountOptions{Bind: true, IDMap: true}},
		{"ridmap rbind idmap", MountOptions{Bind: true, Recursive: true, IDMap: true, IDMapRecursive: true}},
		{"bind ro sync", MountOptions{Bind: true, Set: ro, Unnamed: unnamed &^ ro}},
		{"rbind", MountOptions{Bind: true, Recursive: true}},
		{"rbind bind", MountOptions{Bind: true, Recursive: true}},
		{"bind remount ro", MountOptions{Bind: true, Remount: true, Set: ro}},
		{"private rslave unbindable rshared", MountOptions{Propagation: []PropagationOption{
			{Flag: unix.MS_PRIVATE}, {Flag: unix.MS_SLAVE, Recursive: true, Index: 1},
			{Flag: unix.MS_UNBINDABLE, Index: 2}, {Flag: unix.MS_SHARED, Recursive: true, Index: 3}}}},

		// Recursive options are carried out after the others.
		{"rro", MountOptions{RecSet: ro}},
		{"rrw", MountOptions{RecClear: ro}},
		{"rro rw", MountOptions{RecSet: ro, Clear: ro, Super: []SuperFlag{{Name: "rw", Index: 1}}}},
		{"rbind rw rro", MountOptions{Bind: true, Recursive: true, Clear: ro, Unnamed: unnamed &^ ro, RecSet: ro}},
		{"rnosuid rsuid rnodev", MountOptions{RecSet: nodev, RecClear: nosuid}},
		{"rnoatime", MountOptions{RecSet: no, RecClear: atime}},
		{"strictatime rnoatime", MountOptions{Set: strict, Clear: atime, RecSet: no, RecClear: atime}},
		{"rstrictatime ratime", MountOptions{RecSet: strict, RecClear: atime}},
		{"ratime", MountOptions{RecClear: atime}},
		{"rnorelatime", MountOptions{RecClear: atime}},
		{"rnoatime rnorelatime", MountOptions{RecSet: no, RecClear: atime}},

		{"size=64k mode=1777 newinstance x= nosuid", MountOptions{Set: nosuid, Data: []DataOption{
			{Key: "size", Value: "64k", HasValue: true}, {Key: "mode", Value: "1777", HasValue: true, Index: 1},
			{Key: "newinstance", Index: 2}, {Key: "x", HasValue: true, Index: 3}}}},
		{"nosuid,nodev,,size=1k noexec", MountOptions{Set: nosuid | nodev | noexec, Data: []DataOption{
			{Key: "size", Value: "1k", HasValue: true}}}},
		{`lowerdir=/a\,b:/c,upperdir=/d`, MountOptions{Data: []DataOption{
			{Key: "lowerdir", Value: `/a\,b:/c`, HasValue: true}, {Key: "upperdir", Value: "/d", HasValue: true}}}},
		{`context="u:r:t:s0:c1,c2",nodev`, MountOptions{Set: nodev, Data: []DataOption{
			{Key: "context", Value: "u:r:t:s0:c1,c2", HasValue: true}}}},
		{"sub=a=b", MountOptions{Data: []DataOption{{Key: "sub", Value: "a=b", HasValue: true}}}},
		{"RO", MountOptions{Data: []DataOption{{Key: "RO"}}}},
	}
	for _, test := range tests {
		got, faults := ParseMountOptions(strings.Fields(test.options))
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(SuperFlag{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.options, diff)
		}
		if len(faults) > 0 {
			t.Errorf("%s: %v", test.options, faults)
		}
	}
}

// TestMountOptionsKernelRules checks, for every list of up to three standard
// options, what mount_setattr(2) demands: no attribute in both masks, except
// for access times, which are always cleared as a whole when they are set.
func TestMountOptionsKernelRules(t *testing.T) {
	const plain = ^uint64(atime)
	valid := func(set, clear uint64) bool {
		switch clear & atime {
		case 0:
			return set&clear == 0 && set&atime == 0
		case atime:
			mode := set & atime
			return set&clear&plain == 0 && (mode == 0 || mode == no || mode == strict)
		}
		return false
	}
	for _, a := range mountOptions {
		for _, b := range mountOptions {
			for _, c := range mountOptions {
				m, _ := ParseMountOptions([]string{a.name, b.name, c.name})
				bind, _ := ParseMountOptions([]string{a.name, "bind", b.name, c.name})
				if !valid(m.Set, m.Clear) || !valid(m.RecSet, m.RecClear) || !valid(bind.Set, bind.Clear|bind.Unnamed) {
					t.Fatalf("%s, %s, %s: %+v, bind mount: %+v", a.name, b.name, c.name, m, bind)
				}
			}
		}
	}
}

func TestNewAttr(t *testing.T) {
	tests := map[string]uint64{
		"":                     0,
		"nosuid noatime":       nosuid | no,
		"rro rnosuid":          ro | nosuid,
		"rro rnosuid suid":     ro | nosuid,
		"rnoatime strictatime": no,
		"rnoatime relatime":    no,
		"nosuid ro rrw":        nosuid,
		"noatime rrelatime":    0,
		"rro rnoatime noatime": ro | no,
	}
	for options, want := range tests {
		m, _ := ParseMountOptions(strings.Fields(options))
		if got := m.NewAttr(); got != want {
			t.Errorf("%s: got %#x, want %#x", options, got, want)
		}
	}
}

func TestMountOptionTable(t *testing.T) {
	names := make([]string, len(mountOptions))
	for i, o := range mountOptions {
		names[i] = o.name
		if flag, rec, ok := propagation(o.name); ok != (o.effect == optionPropagation) || ok && (flag != o.bits || rec != o.rec) {
			t.Errorf("%s: is not what Propagation says", o.name)
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(names)) != len(mountOptions) {
		t.Error("the table is not sorted, so that options are not found")
	}
	for _, name := range specOptions {
		if findMountOption(name) == nil {
			t.Errorf("%s: is in the specification but not in the table", name)
		}
	}
	if len(specOptions) != len(mountOptions) {
		t.Errorf("%d options are in the specification and %d in the table", len(specOptions), len(mountOptions))
	}
}

// specOptions are the names of the table "Linux mount options" of config.md,
// and rnodev, which is missing there but is in the example of features.md.
var specOptions = strings.Fields(`
	async atime bind defaults dev diratime dirsync exec iversion lazytime loud
	mand noatime nodev nodiratime noexec noiversion nolazytime nomand norelatime
	nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime
	relatime remount rexec rnoatime rnodiratime rnoexec rnorelatime
	rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared
	rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave
	strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap rnodev`)
