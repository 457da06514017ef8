package hostinfo

import (
	"slices"
	"strings"
	"testing"
)

// complete is a host that has everything.
func complete() *Report {
	r := &Report{
		Host: Host{
			Kernel: Kernel{Release: "6.12.1"}, Cgroups: Cgroups{Layout: "v2"},
			Namespaces:  []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"},
			Security:    Security{AppArmor: true, SELinux: "enforcing"},
			Filesystems: []string{"proc", "overlay"},
		},
		User:     User{MaxUserNamespaces: 100, Unprivileged: true, Helpers: []string{"/a", "/b"}},
		Seccomp:  Seccomp{Actions: []string{"allow", "errno", "kill_process", "kill_thread", "log", "trace", "trap", "user_notif"}},
		IDMapped: []IDMapped{{Filesystem: "ext4", Possible: true}},
		Overlay:  Overlay{Possible: true, UserNamespaces: true},
		Image:    Image{Memfd: true},
		CRIU:     CRIU{Works: true, MemTrack: true, LazyPages: true},
		Systemd:  Systemd{Booted: true, Manager: "system"},
		IntelRdt: IntelRdt{Mount: "/sys/fs/resctrl"},
	}
	for _, name := range []string{"io", "cpu", "cpuset", "hugetlb", "memory", "pids", "rdma"} {
		r.Cgroups.Controllers = append(r.Cgroups.Controllers, Controller{Name: name, Version: 2, Usable: true})
	}
	return r
}

// Each thing that a host lacks is listed, with what does not work and how to get it, and
// nothing else is.
func TestFindMissing(t *testing.T) {
	for _, tt := range []struct {
		change func(*Report)
		want   string // the things, separated by semicolons
		effect string // of the first
	}{
		{func(*Report) {}, "", ""},
		{func(r *Report) { r.Kernel.Release = "5.10.0-34-amd64" }, "Linux 5.14 or newer", "no container"},
		{func(r *Report) { r.Cgroups.Layout = "none" }, "cgroups", "no container can have"},
		{func(r *Report) { r.Cgroups.Controllers = r.Cgroups.Controllers[1:] }, "cgroup controller io", "linux.resources.blockIO: an error"},
		{func(r *Report) { r.Cgroups.Controllers[4].Usable = false }, "delegated cgroups with memory", "limits are an error"},
		{func(r *Report) { r.Namespaces = r.Namespaces[1:] }, "cgroup namespaces", "an error if linux.namespaces"},
		{func(r *Report) { r.User.MaxUserNamespaces, r.User.Unprivileged = 0, false }, "permission for user namespaces", "no container can have"},
		{func(r *Report) { r.Security.RestrictedUserns = true }, "user namespaces of ordinary users", "AppArmor"},
		{func(r *Report) { r.User.Unprivileged = false }, "user namespaces of ordinary users", "ordinary users have no containers"},
		{func(r *Report) { r.User.NewUserNamespace = "no" }, "user namespaces", "none could be made: no"},
		{func(r *Report) { r.User.Helpers = r.User.Helpers[1:] }, "newuidmap and newgidmap", "ordinary users can map"},
		{func(r *Report) { r.User.UID = 1000 }, "subordinate ids for this user", "containers can have no id but"},
		{func(r *Report) { r.Security.AppArmor = false }, "AppArmor", "process.apparmorProfile"},
		{func(r *Report) { r.Security = Security{} }, "a security module that confines containers;AppArmor;SELinux", "only capabilities"},
		{func(r *Report) { r.Seccomp.Actions = nil }, "seccomp filters", "linux.seccomp: an error"},
		{func(r *Report) { r.Seccomp.Actions = r.Seccomp.Actions[:7] }, "seccomp action user_notif", "an error if"},
		{func(r *Report) { r.IDMapped[0].Possible = false }, "id-mapped mounts of ext4", "mounts[].uidMappings"},
		{func(r *Report) { r.Overlay = Overlay{} }, "overlay", "engines copy"},
		{func(r *Report) { r.Overlay.UserNamespaces = false }, "overlay in user namespaces", "engines of ordinary users"},
		{func(r *Report) { r.Image.Memfd = false }, "execution of memfds", "each start mounts"},
		{func(r *Report) { r.Image.Memfd, r.User.Rootless = false, true }, "execution of memfds", "this user can start no container"},
		{func(r *Report) { r.CRIU = CRIU{Error: "none"} }, "criu", "no checkpoint and restore: none"},
		{func(r *Report) { r.CRIU.Works = false }, "a criu that works with this kernel", "checkpoint and restore may fail"},
		{func(r *Report) { r.CRIU.MemTrack = false }, "memory tracking for criu", "pre-dumps"},
		{func(r *Report) { r.Systemd.Booted = false }, "systemd of the system", "it can make no cgroups"},
		{func(r *Report) { r.IntelRdt.Mount = "" }, "resctrl", "linux.intelRdt: an error"},
	} {
		r := complete()
		tt.change(r)
		r.FindMissing()
		var got []string
		for _, m := range r.Missing {
			got = append(got, m.What)
			if m.Effect == "" || m.Remedy == "" {
				t.Errorf("%+v", m)
			}
		}
		if strings.Join(got, ";") != tt.want || len(got) > 0 && !strings.HasPrefix(r.Missing[0].Effect, tt.effect) {
			t.Errorf("%+v, want %s", r.Missing, tt.want)
		}
	}
}

// On v1 other controllers are wanted.
func TestFindMissingV1(t *testing.T) {
	r := complete()
	r.Cgroups = Cgroups{Layout: "v1", Controllers: []Controller{{Name: "memory", Usable: true}, {Name: "freezer", Usable: true}}}
	r.FindMissing()
	var got []string
	for _, m := range r.Missing {
		got = append(got, m.What)
	}
	for _, want := range []string{"cgroup v2", "cgroup controller blkio", "cgroup controller devices", "cgroup controller pids"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q does not have %s", got, want)
		}
	}
	if slices.Contains(got, "cgroup controller memory") || slices.Contains(got, "cgroup controller io") {
		t.Errorf("%q", got)
	}
}

func TestUser(t *testing.T) {
	f := host(t, map[string]string{
		"etc/passwd": "root:x:0:0::/:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n",
		"etc/subuid": "bob:1:7\nann:100000:65536\n1000:200000:4\nann:bad\n", "etc/subgid": "bob:1:7\n",
		"proc/sys/user/max_user_namespaces": "15\n", "usr/bin/newuidmap": "x",
	})
	u := f.user(1000, "/nowhere:/usr/bin")
	if u.SubUIDs != 65540 || u.SubGIDs != 0 || u.MaxUserNamespaces != 15 || !u.Unprivileged || !u.Rootless || len(u.Helpers) != 0 {
		t.Errorf("%+v", u) // the helper is not executable
	}
	f = host(t, map[string]string{"proc/sys/user/max_user_namespaces": "15", "proc/sys/kernel/unprivileged_userns_clone": "0"})
	if u := f.user(0, ""); u.Unprivileged || u.Rootless {
		t.Errorf("%+v", u)
	}
}

func TestIDMapping(t *testing.T) {
	h := &Host{Kernel: Kernel{Release: "6.1.0-38-amd64"}, Filesystems: []string{"ext4", "tmpfs", "nfs"}}
	want := []IDMapped{{Filesystem: "ext4", Possible: true}, {Filesystem: "tmpfs"}}
	if got := h.IDMapping(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	for release, want := range map[string]bool{"5.14": true, "5.13.9": false, "6.0": true, "10.1": true, "": false, "x.y": false} {
		if atLeast(release, 5, 14) != want {
			t.Errorf("%q", release)
		}
	}
}
