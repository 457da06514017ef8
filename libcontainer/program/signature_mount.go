package program

import "golang.org/x/sys/unix"

// mountSignatures are those of calls on mounts.
var mountSignatures = []signature{
	{unix.SYS_FSOPEN, "fsopen", []operand{opString, {value: flags, names: fsopenNames}}},
	{unix.SYS_FSMOUNT, "fsmount", []operand{opFD, {value: flags, names: fsmountNames}, {value: flags, names: mountAttrNames}}},
	{unix.SYS_FSPICK, "fspick", []operand{opFD, opString, {value: flags, names: fspickNames}}},
	{unix.SYS_MOVE_MOUNT, "move_mount", []operand{opFD, opString, opFD, opString, {value: flags, names: moveMountNames}}},
	{unix.SYS_OPEN_TREE, "open_tree", []operand{opFD, opString, {value: flags, names: openTreeNames}}},
	{unix.SYS_MOUNT_SETATTR, "mount_setattr", []operand{opFD, opString, opAtFlags, {data: mountAttr}, opInt}},
	{unix.SYS_MOUNT, "mount", []operand{opString, opString, opString, {value: flags, names: mountNames}, opString}},
	{unix.SYS_UMOUNT2, "umount2", []operand{opString, {value: flags, names: umountNames}}},
	{unix.SYS_PIVOT_ROOT, "pivot_root", []operand{opString, opString}},
}

var fsconfigSignatures = []signature{
	{unix.FSCONFIG_SET_BINARY, "fsconfig", []operand{opFD, opFsconfig, opString, {data: buffer, count: 1}, opInt}},
	{unix.FSCONFIG_SET_FD, "fsconfig", []operand{opFD, opFsconfig, opString, opPointer, opFD}},
	{0xffff, "fsconfig", []operand{opFD, opFsconfig, opString, opString, opInt}},
}

var opFsconfig = operand{value: enum, names: fsconfigNames}
