package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Groups says what happens to the supplementary groups that the init has from
// the runtime.
type Groups struct {
	// Keep leaves them as they are, whatever the configuration lists: see
	// spec.KeepsGroups.
	Keep bool
	// MayBeDenied says that the init is in a user namespace, in which
	// setgroups(2) can be forbidden (user_namespaces(7)). Then the groups stay
	// if the configuration lists none, because nothing can be done about them.
	MayBeDenied bool
}

// User gives the process its groups, its group id and its user id. A user
// other than root keeps the permitted capabilities, which [Capabilities.Set]
// needs.
func User(b *program.Builder, u *specs.User, g Groups) {
	if u.UID != 0 {
		b.At("process.user.uid", "")
		b.Doing("keep capabilities")
		b.Prctl(unix.PR_SET_KEEPCAPS, program.Imm(1))
	}
	if !g.Keep {
		b.At("process.user.additionalGids", "")
		b.Doing("set supplementary groups")
		call := b.Setgroups(u.AdditionalGids)
		if g.MayBeDenied && len(u.AdditionalGids) == 0 {
			call.Ignore(unix.EPERM)
		}
	}
	b.At("process.user.gid", "")
	b.Doing("set group id %d", u.GID)
	b.Setresgid(u.GID)
	b.At("process.user.uid", "")
	b.Doing("set user id %d", u.UID)
	b.Setresuid(u.UID)
}

// defaultUmask is the umask that every runtime sets if the configuration has
// none. The specification would leave the caller's, but engines run with umask
// 0 or any other, and images rely on this one.
const defaultUmask = 0o022

// Umask sets the file mode creation mask of the process.
func Umask(b *program.Builder, u *specs.User) {
	mask := uint32(defaultUmask)
	if u.Umask != nil {
		mask = *u.Umask
	}
	b.At("process.user.umask", "")
	b.Doing("set umask %#o", mask)
	b.Umask(mask)
}

// OwnStdio makes the user the owner of stdin, stdout and stderr, so that it can
// open /dev/stdout again. Character devices are left alone: /dev/null and the
// terminals of the host have an owner already. A file whose owner cannot be
// changed is left alone too: on a read-only or foreign file system, or if its
// ids are not mapped.
//
// Preconditions: the init has its privileges.
func OwnStdio(b *program.Builder, uid uint32) {
	if uid == 0 {
		return
	}
	b.At("process.user.uid", "")
	b.Doing("set owner of stdio")
	st := b.Buffer(program.StatxSize)
	for fd := range 3 {
		next := b.NewLabel()
		b.Statx(program.Imm(fd), "", unix.AT_EMPTY_PATH, unix.STATX_TYPE, st).On(unix.EBADF, next)
		b.JumpIfWord(st.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFCHR, next)
		b.Fchown(program.Imm(fd), int(uid), -1).Ignore(unix.EPERM, unix.EROFS, unix.EINVAL)
		b.Bind(next)
	}
}
