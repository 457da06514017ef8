// Package lsm compiles the settings of Linux Security Modules for the
// container's process into steps: its AppArmor profile, its SELinux label and
// the label of its keys.
//
// The steps write them to files of /proc/self/attr (proc_pid_attr(5)). The
// kernel accepts such a write only from the process that the file is about, and
// only if that process has opened the file itself (Linux 5.13). The setting
// takes effect at the next execve(2). Forked children inherit it.
//
// With another file in place of these, a container would run without
// confinement (CVE-2019-16884, CVE-2025-52881). So they are opened below a
// descriptor of the host's proc file system, and no other mount is crossed on
// the way.
package lsm

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// unconfined is the name of AppArmor's profile for processes without one.
const unconfined = "unconfined"

// AppArmor gives the process a profile that takes effect with its program. proc
// is a descriptor of the host's proc file system. It does nothing if profile is
// "". Without AppArmor every profile but "unconfined" is an error.
func AppArmor(b *program.Builder, proc program.Arg, profile string) {
	if profile == "" {
		return
	}
	b.At("process.apparmorProfile", profile)
	b.Doing("change to the AppArmor profile")
	off, unknown, done := b.NewLabel(), b.NewLabel(), b.NewLabel()
	// The directory exists since Linux 5.8. The file attr/exec would belong to
	// the first module.
	file := open(b, proc, "apparmor/exec", off)
	write := b.Write(file, "exec "+profile)
	if profile == unconfined {
		write.Ignore(unix.EINVAL)
	} else {
		write.On(unix.EINVAL, off).On(unix.ENOENT, unknown)
	}
	b.Close(file)
	if profile == unconfined {
		b.Bind(off)
		return
	}
	b.Jump(done)
	b.Bind(unknown)
	b.FailSaying(unix.ENOENT, "AppArmor has no such profile loaded")
	b.Bind(off)
	b.FailSaying(unix.EINVAL, "the kernel has no AppArmor, or AppArmor is not enabled")
	b.Bind(done)
}

// SELinux gives the process a label that takes effect with its program. It does
// nothing if label is "".
func SELinux(b *program.Builder, proc program.Arg, label string) {
	selinux(b, proc, "exec", label, "change to the label")
}

// KeyLabel labels the keys that the init makes from now on. It does nothing if
// label is "".
func KeyLabel(b *program.Builder, proc program.Arg, label string) {
	selinux(b, proc, "keycreate", label, "label the session keyring")
}

func selinux(b *program.Builder, proc program.Arg, name, label, doing string) {
	if label == "" {
		return
	}
	b.At("process.selinuxLabel", label)
	b.Doing("%s", doing)
	off, done := b.NewLabel(), b.NewLabel()
	file := open(b, proc, name, off)
	b.Write(file, label).On(unix.EINVAL, off)
	b.Close(file)
	b.Jump(done)
	b.Bind(off)
	b.FailSaying(unix.EINVAL, "%s: the kernel has no SELinux, or its policy has no such label", doing)
	b.Bind(done)
}

// open opens an attribute of the process, or goes to off if the kernel has none
// of this name.
func open(b *program.Builder, proc program.Arg, name string, off program.Label) program.Arg {
	return b.Openat2(proc, "self/attr/"+name, unix.O_WRONLY, 0,
		unix.RESOLVE_BENEATH|unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_XDEV).On(unix.ENOENT, off).Result("attribute")
}
