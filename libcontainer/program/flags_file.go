package program

import "golang.org/x/sys/unix"

var accessModes = []constant{
	{unix.O_RDONLY, "O_RDONLY"},
	{unix.O_WRONLY, "O_WRONLY"},
	{unix.O_RDWR, "O_RDWR"},
}

var accessNames = []constant{
	{unix.R_OK, "R_OK"},
	{unix.W_OK, "W_OK"},
	{unix.X_OK, "X_OK"},
}

var openNames = []constant{
	{unix.O_TMPFILE, "O_TMPFILE"}, // contains O_DIRECTORY
	{unix.O_SYNC, "O_SYNC"},       // contains O_DSYNC
	{unix.O_PATH, "O_PATH"},
	{unix.O_CREAT, "O_CREAT"},
	{unix.O_EXCL, "O_EXCL"},
	{unix.O_TRUNC, "O_TRUNC"},
	{unix.O_APPEND, "O_APPEND"},
	{unix.O_NONBLOCK, "O_NONBLOCK"},
	{unix.O_NOCTTY, "O_NOCTTY"},
	{unix.O_DSYNC, "O_DSYNC"},
	{unix.O_DIRECT, "O_DIRECT"},
	{unix.O_DIRECTORY, "O_DIRECTORY"},
	{unix.O_NOFOLLOW, "O_NOFOLLOW"},
	{unix.O_NOATIME, "O_NOATIME"},
	{unix.O_CLOEXEC, "O_CLOEXEC"},
}

var resolveNames = []constant{
	{unix.RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT"},
	{unix.RESOLVE_BENEATH, "RESOLVE_BENEATH"},
	{unix.RESOLVE_NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS"},
	{unix.RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS"},
	{unix.RESOLVE_NO_XDEV, "RESOLVE_NO_XDEV"},
	{0x20, "RESOLVE_CACHED"}, // Linux 5.12, not in x/sys
}

var atNames = []constant{
	{unix.AT_EMPTY_PATH, "AT_EMPTY_PATH"},
	{unix.AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"},
	{unix.AT_SYMLINK_FOLLOW, "AT_SYMLINK_FOLLOW"},
	{unix.AT_EACCESS, "AT_EACCESS"},
	{unix.AT_NO_AUTOMOUNT, "AT_NO_AUTOMOUNT"},
	{unix.AT_RECURSIVE, "AT_RECURSIVE"},
	{unix.AT_STATX_DONT_SYNC, "AT_STATX_DONT_SYNC"},
	{unix.AT_STATX_FORCE_SYNC, "AT_STATX_FORCE_SYNC"},
}

// unlinkNames are separate, because AT_REMOVEDIR has the value of AT_EACCESS.
var unlinkNames = []constant{{unix.AT_REMOVEDIR, "AT_REMOVEDIR"}}

var closeRangeNames = []constant{
	{unix.CLOSE_RANGE_UNSHARE, "CLOSE_RANGE_UNSHARE"},
	{unix.CLOSE_RANGE_CLOEXEC, "CLOSE_RANGE_CLOEXEC"},
}

var statxNames = []constant{
	{unix.STATX_BASIC_STATS, "STATX_BASIC_STATS"},
	{unix.STATX_TYPE, "STATX_TYPE"},
	{unix.STATX_MODE, "STATX_MODE"},
	{unix.STATX_NLINK, "STATX_NLINK"},
	{unix.STATX_UID, "STATX_UID"},
	{unix.STATX_GID, "STATX_GID"},
	{unix.STATX_INO, "STATX_INO"},
	{unix.STATX_MNT_ID, "STATX_MNT_ID"},
}

var fileTypes = []constant{
	{unix.S_IFDIR, "S_IFDIR"},
	{unix.S_IFREG, "S_IFREG"},
	{unix.S_IFLNK, "S_IFLNK"},
	{unix.S_IFCHR, "S_IFCHR"},
	{unix.S_IFBLK, "S_IFBLK"},
	{unix.S_IFIFO, "S_IFIFO"},
	{unix.S_IFSOCK, "S_IFSOCK"},
}

var protNames = []constant{
	{unix.PROT_READ, "PROT_READ"},
	{unix.PROT_WRITE, "PROT_WRITE"},
	{unix.PROT_EXEC, "PROT_EXEC"},
}

var mapNames = []constant{
	{unix.MAP_SHARED, "MAP_SHARED"},
	{unix.MAP_PRIVATE, "MAP_PRIVATE"},
	{unix.MAP_FIXED, "MAP_FIXED"},
	{unix.MAP_ANONYMOUS, "MAP_ANONYMOUS"},
}

var ioctlNames = []constant{
	{unix.TIOCSCTTY, "TIOCSCTTY"},
	{unix.TIOCGPTPEER, "TIOCGPTPEER"},
	{unix.TIOCSPTLCK, "TIOCSPTLCK"},
	{unix.TIOCGPTN, "TIOCGPTN"},
	{unix.TIOCSWINSZ, "TIOCSWINSZ"},
	{unix.TCGETS, "TCGETS"},
	{unix.TCSETS, "TCSETS"},
	{unix.SIOCGIFFLAGS, "SIOCGIFFLAGS"},
	{unix.SIOCSIFFLAGS, "SIOCSIFFLAGS"},
}

var fcntlNames = []constant{
	{unix.F_DUPFD, "F_DUPFD"},
	{unix.F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"},
	{unix.F_GETFD, "F_GETFD"},
	{unix.F_SETFD, "F_SETFD"},
	{unix.F_GETFL, "F_GETFL"},
	{unix.F_SETFL, "F_SETFL"},
}
