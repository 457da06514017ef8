package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// Identity identifies a process until the machine is shut down. The kernel may
// give its pid to another process later. It never reuses the inode number of
// its pidfds, or the combination of pid and start time.
type Identity struct {
	Pid int `json:"pid"`
	// Inode is the number of its pidfds' inode since Linux 6.9, where a pidfd is
	// a file of pidfs, and 0 before.
	Inode uint64 `json:"pidfdInode,omitempty"`
	// StartTime is in clock ticks after boot (proc_pid_stat(5), field 22). It is
	// 0 where Inode tells.
	StartTime uint64 `json:"startTime,omitempty"`
	// Namespace is the inode number of the pid namespace that Pid counts in, or 0.
	Namespace uint64 `json:"pidNamespace,omitempty"`
}

// ErrElsewhere: this process cannot see whether the other one exists.
var ErrElsewhere = errors.New("it is in another pid namespace than this process, or /proc belongs to another one")

// Identify returns the identity of a running process.
func Identify(pid int) (Identity, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return Identity{}, os.NewSyscallError("pidfd_open", err)
	}
	defer unix.Close(fd)
	id := Identity{Pid: pid, Namespace: pidNamespace()}
	if id.Inode = pidfdInode(fd); id.Inode != 0 {
		return id, nil
	}
	st, err := readStat(pid)
	id.StartTime = st.startTime
	return id, err
}

// Alive reports whether the process lives. It lives as long as one of its
// threads does. If that cannot be determined, Alive returns an error.
func (id Identity) Alive() (bool, error) {
	fd, err := id.open()
	if err == unix.ESRCH {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for process %d: %w", id.Pid, err)
	}
	_ = unix.Close(fd)
	return true, nil
}

// Open returns a pidfd of the process, or ESRCH if the process has ended or is
// a zombie.
func (id Identity) Open() (*os.File, error) {
	fd, err := id.open()
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "pidfd"), nil
}

// open is Open without a file of package os.
func (id Identity) open() (int, error) {
	if id.Pid <= 0 {
		return -1, unix.ESRCH
	}
	fd, err := unix.PidfdOpen(id.Pid, 0)
	switch err {
	case nil:
	case unix.ESRCH, unix.EINVAL, unix.ENOENT:
		// The last two are of a number that is no process's any more, but that of
		// a session or of a thread: EINVAL up to Linux 6.14, ENOENT since.
		return -1, id.ended()
	default:
		return -1, os.NewSyscallError("pidfd_open", err)
	}
	if err := id.check(fd); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// check returns nil if the process behind the pidfd is this one and lives, and
// ESRCH if this one has ended. The pid may have been given away before the
// pidfd was there, so only now can the rest of the identity tell.
func (id Identity) check(fd int) error {
	over, err := HasEnded(fd)
	if err != nil {
		return err
	}
	same := !over
	if same {
		if same, err = id.isOf(fd); err != nil {
			return err
		}
	}
	if !same {
		return id.ended()
	}
	return nil
}

// isOf reports whether the pidfd is one of this process.
func (id Identity) isOf(fd int) (bool, error) {
	if id.Inode != 0 {
		return pidfdInode(fd) == id.Inode, nil
	}
	st, err := readStat(id.Pid)
	if err != nil {
		if over, _ := HasEnded(fd); over {
			return false, nil
		}
		return false, err
	}
	if st.startTime != id.StartTime && pidInProc(fd) != id.Pid {
		return false, ErrElsewhere // that was somebody else's
	}
	return st.startTime == id.StartTime, nil
}

// ended returns ESRCH, for a pid that is not this process's any more, unless
// it is only so here, where pids are those of another namespace.
func (id Identity) ended() error {
	if id.Namespace != 0 && pidNamespace() != id.Namespace {
		return ErrElsewhere
	}
	return unix.ESRCH
}

// HasEnded reports whether all threads of a pidfd's process have ended: only
// then is it readable (pidfd_open(2)).
func HasEnded(pidfd int) (bool, error) {
	ended, err := linux.Readable(pidfd, 0)
	return ended, os.NewSyscallError("poll", err)
}

// pidfsMagic is PIDFS_MAGIC of linux/magic.h.
const pidfsMagic = 0x50494446

// pidfdInode returns the number of the pidfd's inode, or 0 if all pidfds share
// one.
func pidfdInode(fd int) uint64 {
	var fs unix.Statfs_t
	var st unix.Stat_t
	if unix.Fstatfs(fd, &fs) != nil || fs.Type != pidfsMagic || unix.Fstat(fd, &st) != nil {
		return 0
	}
	return st.Ino
}

// pidNamespace returns the inode number of this process's pid namespace, or 0
// if /proc does not tell.
func pidNamespace() uint64 {
	var st unix.Stat_t
	if unix.Stat("/proc/self/ns/pid", &st) != nil {
		return 0
	}
	return st.Ino
}

// pidInProc returns the pid by which /proc, which may be of another pid
// namespace, knows the process of a pidfd, or 0.
func pidInProc(fd int) int {
	text, err := linux.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(text, []byte("\nPid:"))
	line, _, _ := bytes.Cut(after, []byte("\n"))
	pid, _ := strconv.Atoi(string(bytes.TrimSpace(line)))
	return pid
}

// stat is what rt needs of /proc/<pid>/stat.
type stat struct{ startTime uint64 }

func readStat(pid int) (stat, error) {
	data, err := linux.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, err
	}
	return parseStat(data)
}

// parseStat reads field 22 of proc_pid_stat(5). Field 2, the command's
// name, may contain blanks and parentheses, so fields are counted from its last
// closing parenthesis.
func parseStat(data []byte) (stat, error) {
	i := bytes.LastIndexByte(data, ')')
	if i < 0 {
		return stat{}, fmt.Errorf("proc stat: no command name in %q", data)
	}
	fields := bytes.Fields(data[i+1:])
	const first = 3 // the number of the first field behind the name
	const startField = 22 - first
	if len(fields) <= startField {
		return stat{}, fmt.Errorf("proc stat: %d fields, want at least %d", len(fields)+2, startField+3)
	}
	start, err := strconv.ParseUint(string(fields[startField]), 10, 64)
	if err != nil {
		return stat{}, fmt.Errorf("proc stat: start time: %w", err)
	}
	return stat{startTime: start}, nil
}
