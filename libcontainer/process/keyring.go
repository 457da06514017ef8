package process

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// KeyringName returns the name of a container's session keyring, which is the
// same under runc.
func KeyringName(id string) string { return "_ses." + id }

// NewKeyring gives the process a session keyring of this name in place of the
// runtime's, whose keys it could read otherwise (session-keyring(7)). It does
// nothing if name is "".
//
// Processes of the keyring's owner may search it, so that [JoinKeyring] finds
// it. If such a keyring exists already, it is used: names are common to a user
// namespace (Linux 5.3).
//
// Preconditions: the process is in the container's user namespace, and is root
// there. The keyring counts for that user's quota (keyrings(7)).
func NewKeyring(b *program.Builder, name string) {
	if name == "" {
		return
	}
	none := b.NewLabel()
	key := joinKeyring(b, "make", name, none)
	b.Doing("let processes of its owner search session keyring %s", name)
	b.KeyctlSetperm(key, program.KeyPosAll|program.KeyUsrView|program.KeyUsrRead|program.KeyUsrSearch|program.KeyUsrLink)
	b.Bind(none)
}

// JoinKeyring gives the process the session keyring that NewKeyring made or, if
// that is gone, a new one. It does nothing if name is "".
func JoinKeyring(b *program.Builder, name string) {
	if name == "" {
		return
	}
	none := b.NewLabel()
	joinKeyring(b, "join", name, none)
	b.Bind(none)
}

// joinKeyring makes or joins a session keyring, or goes to none on a kernel
// without keys.
func joinKeyring(b *program.Builder, verb, name string, none program.Label) (key program.Arg) {
	b.At("", "")
	b.Doing("%s session keyring %s", verb, name)
	full, forbidden, done := b.NewLabel(), b.NewLabel(), b.NewLabel()
	key = b.KeyctlJoinSession(name).On(unix.ENOSYS, none).On(unix.EDQUOT, full).On(unix.EPERM, forbidden).Result("keyring")
	b.Jump(done)
	b.Bind(full)
	b.FailSaying(unix.EDQUOT, "%s session keyring %s: its user has no room for more keys: raise kernel.keys.maxkeys and maxbytes "+
		"(for root: root_maxkeys and root_maxbytes) with sysctl(8)", verb, name)
	b.AvoidedBy("NoNewKeyring")
	b.Bind(forbidden)
	b.FailSaying(unix.EPERM, "%s session keyring %s: a seccomp filter around rt forbids keyctl(2)", verb, name)
	b.AvoidedBy("NoNewKeyring")
	b.Bind(done)
	return key
}
