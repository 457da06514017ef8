package libcontainer

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/mountinfo"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/hostinfo"
	"github.com/oci-rt/rt/libcontainer/systemd"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// inspectTimeout bounds the wait for a program that is asked.
const inspectTimeout = 20 * time.Second

// Inspect reports what this host offers to containers, and what it does not. It makes
// nothing that lasts: a user namespace that it tries ends with its process, and a mount
// with its descriptor.
func Inspect(ctx context.Context) *hostinfo.Report {
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	r := hostinfo.GatherMore()
	r.Seccomp.Flags = SupportedSeccompFlags(spec.Features().Linux.Seccomp.KnownFlags)
	tryUserNamespace(r)
	inspectCRIU(ctx, &r.CRIU)
	inspectSystemd(ctx, &r.Systemd)
	r.FindMissing()
	return r
}

// tryUserNamespace makes a user namespace, and tries id-mapped mounts with it where that
// is permitted.
func tryUserNamespace(r *hostinfo.Report) {
	users, err := creator.NewUserNamespace(
		specs.LinuxIDMapping{HostID: uint32(os.Geteuid()), Size: 1},
		specs.LinuxIDMapping{HostID: uint32(os.Getegid()), Size: 1})
	if err != nil {
		r.User.NewUserNamespace = err.Error()
		return
	}
	defer users.Close()
	text, err := linux.ReadFile("/proc/self/mountinfo")
	if err != nil || r.User.Rootless {
		return
	}
	for _, m := range mountinfo.Parse(string(text)) {
		i := slices.IndexFunc(r.IDMapped, func(have hostinfo.IDMapped) bool { return have.Filesystem == m.Type })
		if i < 0 || r.IDMapped[i].Tried {
			continue
		}
		switch err := tryIDMapping(m.Point, users); err {
		case nil, unix.EINVAL:
			r.IDMapped[i].Possible, r.IDMapped[i].Tried = err == nil, true
		}
	}
}

// tryIDMapping maps the ids of a copy of a mount, which is attached nowhere.
func tryIDMapping(point string, users *os.File) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, point, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(users.Fd())}
	return unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &attr)
}

// inspectCRIU finds CRIU and asks it what it can.
func inspectCRIU(ctx context.Context, r *hostinfo.CRIU) {
	criu, err := checkpoint.Find(ctx)
	if err != nil {
		r.Error = err.Error()
		return
	}
	r.Path, r.Version = criu.Path(), criu.Version.String()
	can := criu.Abilities(ctx)
	r.Works, r.MemTrack, r.LazyPages = can.Works, can.MemTrack, can.LazyPages
}

// inspectSystemd asks the service manager that would make cgroups.
func inspectSystemd(ctx context.Context, r *hostinfo.Systemd) {
	user := RootlessAuto.Is()
	r.Manager = "system"
	if user {
		r.Manager = "user"
	}
	m, err := systemd.Connect(ctx, user)
	if err == nil {
		defer m.Close()
		r.Version, err = m.Version(ctx)
	}
	if err != nil {
		r.Error = err.Error()
	}
}
