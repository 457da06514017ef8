package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// labelOption gives a new file system the SELinux label of linux.mountLabel.
//
// The kernel's own file systems get their labels from the policy, and one
// superblock serves many mounts, whose labels cannot differ. mqueue has no such
// option: see labelRoot.
func (r *Root) labelOption(fs program.Arg, fstype string) {
	if !r.takesLabel(fstype) {
		return
	}
	b := r.b
	b.At("linux.mountLabel", r.c.Label)
	b.Doing("mount %s with %s=%s", fstype, r.c.LabelType, r.c.Label)
	unknown, done := b.NewLabel(), b.NewLabel()
	b.FsconfigString(fs, r.c.LabelType, r.c.Label).On(unix.EINVAL, unknown)
	b.Jump(done)
	b.Bind(unknown)
	b.FailSaying(unix.EINVAL, "mount %s with %s=%s: the kernel has no SELinux, or its policy has no such label", fstype, r.c.LabelType, r.c.Label)
	b.Bind(done)
}

// takesLabel tells whether a new file system gets the option.
func (r *Root) takesLabel(fstype string) bool {
	switch fstype {
	case "proc", "sysfs", "cgroup", "cgroup2", "mqueue":
		return false
	}
	return r.c.Label != ""
}

// labelRoot labels the root directory of a detached mount of mqueue, as other
// runtimes do.
func (r *Root) labelRoot(mount program.Arg, fstype string) {
	if r.c.Label == "" || fstype != "mqueue" {
		return
	}
	b := r.b
	b.At("linux.mountLabel", r.c.Label)
	b.Doing("label the root of %s", fstype)
	root := b.Openat(mount, ".", unix.O_RDONLY|unix.O_DIRECTORY).Result("root of mqueue")
	b.Fsetxattr(root, "security.selinux", r.c.Label)
	b.Close(root)
}

// isLabel tells whether an option sets a label, which linux.mountLabel then
// does not replace.
func isLabel(d spec.DataOption) bool { return spec.SetsLabel(d.Key) }
