package program

import "golang.org/x/sys/unix"

// Fsopen appends fsopen(2) (Linux 5.2).
func (b *Builder) Fsopen(fstype string) *Call {
	return b.Call(unix.SYS_FSOPEN, b.String(fstype), Imm(unix.FSOPEN_CLOEXEC))
}

// FsconfigFlag appends fsconfig(2) for a parameter without a value.
func (b *Builder) FsconfigFlag(fs Arg, key string) *Call {
	return b.Call(unix.SYS_FSCONFIG, fs, Imm(unix.FSCONFIG_SET_FLAG), b.String(key), Null, Imm(0))
}

// FsconfigString appends fsconfig(2) for a parameter with a value.
func (b *Builder) FsconfigString(fs Arg, key, value string) *Call {
	return b.Call(unix.SYS_FSCONFIG, fs, Imm(unix.FSCONFIG_SET_STRING), b.String(key), b.String(value), Imm(0))
}

// FsconfigText is FsconfigString for a value that the program makes.
func (b *Builder) FsconfigText(fs Arg, key string, value Arg) *Call {
	return b.Call(unix.SYS_FSCONFIG, fs, Imm(unix.FSCONFIG_SET_STRING), b.String(key), value, Imm(0))
}

// FsconfigCreate appends the fsconfig(2) that makes the superblock.
func (b *Builder) FsconfigCreate(fs Arg) *Call {
	return b.Call(unix.SYS_FSCONFIG, fs, Imm(unix.FSCONFIG_CMD_CREATE), Null, Null, Imm(0))
}

// Mount appends mount(2) of a new file system at a path.
func (b *Builder) Mount(source, target, fstype string, flags uint64, data string) *Call {
	return b.Call(unix.SYS_MOUNT, b.String(source), b.String(target), b.String(fstype), Imm(flags), b.String(data))
}

// Fsmount appends fsmount(2). attr is a set of MOUNT_ATTR_ flags.
func (b *Builder) Fsmount(fs Arg, attr uint64) *Call {
	return b.Call(unix.SYS_FSMOUNT, fs, Imm(unix.FSMOUNT_CLOEXEC), Imm(attr))
}

// MoveMount appends the move_mount(2) that mounts what from refers to on what
// to refers to. Both are descriptors, so nobody can change a path in between.
func (b *Builder) MoveMount(from, to Arg) *Call {
	empty := b.String("")
	return b.Call(unix.SYS_MOVE_MOUNT, from, empty, to, empty,
		Imm(unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH))
}

// OpenTree appends open_tree(2). OPEN_TREE_CLOEXEC is added to flags.
func (b *Builder) OpenTree(dir Arg, path string, flags uint) *Call {
	return b.Call(unix.SYS_OPEN_TREE, dir, b.String(path), Imm(flags|unix.OPEN_TREE_CLOEXEC))
}

// MountSetattr appends mount_setattr(2) (Linux 5.12).
func (b *Builder) MountSetattr(dir Arg, path string, flags uint, attr unix.MountAttr) *Call {
	a := b.Words(attr.Attr_set, attr.Attr_clr, attr.Propagation, attr.Userns_fd)
	return b.Call(unix.SYS_MOUNT_SETATTR, dir, b.String(path), Imm(flags), a, Imm(unix.MOUNT_ATTR_SIZE_VER0))
}

// PivotRoot appends pivot_root(2).
func (b *Builder) PivotRoot(newRoot, putOld string) *Call {
	return b.Call(unix.SYS_PIVOT_ROOT, b.String(newRoot), b.String(putOld))
}

// Umount2 appends umount2(2).
func (b *Builder) Umount2(path string, flags int) *Call {
	return b.Call(unix.SYS_UMOUNT2, b.String(path), Imm(flags))
}

// Fspick appends fspick(2) (Linux 5.2) of the file system that fd refers to.
func (b *Builder) Fspick(fd Arg) *Call {
	return b.Call(unix.SYS_FSPICK, fd, b.String(""), Imm(unix.FSPICK_EMPTY_PATH|unix.FSPICK_CLOEXEC))
}

// FsconfigReconfigure appends the fsconfig(2) that changes the superblock.
func (b *Builder) FsconfigReconfigure(fs Arg) *Call {
	return b.Call(unix.SYS_FSCONFIG, fs, Imm(unix.FSCONFIG_CMD_RECONFIGURE), Null, Null, Imm(0))
}
