package program

import "golang.org/x/sys/unix"

// Permissions of keys (keyctl_setperm(3)): of processes that possess the key,
// and of processes with its owner's id.
const (
	KeyPosAll    = 0x3f000000
	KeyUsrView   = 0x00010000
	KeyUsrRead   = 0x00020000
	KeyUsrSearch = 0x00080000
	KeyUsrLink   = 0x00100000
)

// KeyctlJoinSession appends the keyctl(2) that gives the process the session
// keyring of this name, and makes the keyring if there is none. The result is
// its id.
func (b *Builder) KeyctlJoinSession(name string) *Call {
	return b.Call(unix.SYS_KEYCTL, Imm(unix.KEYCTL_JOIN_SESSION_KEYRING), b.String(name))
}

// KeyctlSetperm appends the keyctl(2) that sets a key's permissions.
func (b *Builder) KeyctlSetperm(key Arg, permissions uint32) *Call {
	return b.Call(unix.SYS_KEYCTL, Imm(unix.KEYCTL_SETPERM), key, Imm(permissions))
}
