package mount

import (
	"strconv"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// A stage brings clones of the host's mounts into the mount namespace of a user
// namespace. It is a tmpfs with the clones mounted in it, in the copy of the
// runtime's namespace that OpenSources makes. When that is copied for the user
// namespace, the kernel locks the mounts (mount_namespaces(7)): the root of the
// container cannot remove the attributes ro, nosuid, nodev and noexec that the
// host gave them, and cannot unmount what the host has mounted below them.
// Clones that are handed over by descriptor would not be locked.
//
// The container's process finds the stage as its working directory, which
// follows it into the copied namespace (copy_mnt_ns in fs/namespace.c). So it
// needs no permission for any path. The stage covers the rootfs, which is not
// looked up by its path any more, and goes away with the host's root.
const (
	stagedRoot = "root"
	// The stage must not be part of a recursive clone of what it is mounted in.
	stagePropagation = unix.MS_UNBINDABLE
)

// openStage mounts the stage and puts the rootfs on it. There is no stage for a
// rootfs that is the host's root, which it cannot cover: it would be on top of
// what [Root.Pivot] has to unmount.
func (r *Root) openStage() {
	b := r.b
	if r.c.Path == "/" {
		return
	}
	b.At("", "")
	b.Doing("make a stage for the sources of mounts")
	fs := b.Fsopen("tmpfs").Result("tmpfs")
	b.FsconfigString(fs, "mode", "755")
	b.FsconfigCreate(fs)
	r.stage = b.Fsmount(fs, 0).Result("stage")
	b.Close(fs)
	under := b.Openat(program.Cwd, r.c.Path, unix.O_PATH|unix.O_DIRECTORY).Result("below the stage")
	b.MoveMount(r.stage, under)
	b.Close(under)
	setAttr(b, r.stage, false, unix.MountAttr{Propagation: stagePropagation})
	r.putOnStage(stagedRoot, r.fd)
	r.fd = program.Null
}

// putOnStage mounts a clone on the stage and closes it.
func (r *Root) putOnStage(name string, mount program.Arg) {
	b := r.b
	r.ifDirectory(mount,
		func() { b.Mkdirat(r.stage, name, 0o755) },
		func() { b.Mknodat(r.stage, name, unix.S_IFREG|0o644, 0) })
	place := b.Openat(r.stage, name, unix.O_PATH|unix.O_NOFOLLOW).Result("place on the stage")
	r.Attach(mount, place)
}

// enterStage makes the stage the working directory.
func (r *Root) enterStage() {
	if r.stage == program.Null {
		return
	}
	b := r.b
	b.At("", "")
	b.Doing("go to the stage")
	b.Fchdir(r.stage)
	b.Close(r.stage)
}

// keepSource keeps a clone of entry i's source until it is mounted.
func (r *Root) keepSource(i int, mount program.Arg) {
	if r.stage == program.Null {
		r.sources[i] = mount
		return
	}
	r.putOnStage(strconv.Itoa(i), mount)
	r.staged[i] = true
}

// fromStage returns a descriptor of a detached copy of a mount on the stage.
func (r *Root) fromStage(name string) program.Arg {
	return openTree(r.b, program.Cwd, name, true, "clone")
}
