package linux

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// ErrNotStored is the error of a container's file that is not plain data.
const ErrNotStored = unix.EINVAL

// kernelInterfaces are the file systems whose regular files are answers of the
// kernel. To open or read such a file can wait for ever, take something away
// from others, as /proc/kmsg does, or have an effect. Also, this process would
// see what the container must not see.
var kernelInterfaces = [...]uint32{
	unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC,
	unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC, unix.SELINUX_MAGIC, unix.SMACK_MAGIC,
	unix.BPF_FS_MAGIC, unix.NSFS_MAGIC, unix.RDTGROUP_SUPER_MAGIC, unix.PSTOREFS_MAGIC, unix.EFIVARFS_MAGIC,
	unix.AAFS_MAGIC, unix.BINFMTFS_MAGIC, unix.XENFS_SUPER_MAGIC, unix.DEVPTS_SUPER_MAGIC, unix.AUTOFS_SUPER_MAGIC,
	configfsMagic, fusectlMagic, mqueueMagic,
}

// Magic numbers that package unix does not have (fs/configfs/mount.c,
// fs/fuse/control.c, ipc/mqueue.c).
const (
	configfsMagic = 0x62656570
	fusectlMagic  = 0x65735543
	mqueueMagic   = 0x19800202
)

// ReadStored returns the beginning of a file, up to limit bytes. root is a
// descriptor of the root directory of a container, and the file is looked for behind all
// mounts there.
//
// The file system is hostile: the file may be anything, and change at any
// time. So
//
//  1. it is found without being opened, and no link leads out of the root;
//  2. it must be a regular file of a file system that stores files, and say that
//     it is not empty, which most files of kernel interfaces do not;
//  3. the same file is opened, without waiting: a regular file with a lease
//     keeps open(2) waiting too (fcntl(2), Leases).
//
// A file system that is served by a process (FUSE) can make any access wait.
// But it could make the process that is to be executed wait, too.
func ReadStored(root int, unsafePath string, limit int) ([]byte, error) {
	handle, err := OpenInRoot(root, unsafePath)
	if err != nil {
		return nil, err
	}
	defer unix.Close(handle)
	if err := checkStored(handle); err != nil {
		return nil, &os.PathError{Op: "open", Path: unsafePath, Err: err}
	}
	fd, err := Open("/proc/self/fd/"+strconv.Itoa(handle), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	data, err := ReadAll(fd, limit)
	return data, os.NewSyscallError("read", err)
}

// checkStored refuses a file that is not stored data.
func checkStored(handle int) error {
	var st unix.Stat_t
	if err := unix.Fstat(handle, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size == 0 {
		return ErrNotStored
	}
	var fs unix.Statfs_t
	if err := RetryEINTR(func() error { return unix.Fstatfs(handle, &fs) }); err != nil {
		return err
	}
	if slices.Contains(kernelInterfaces[:], uint32(fs.Type)) {
		return ErrNotStored
	}
	return nil
}
