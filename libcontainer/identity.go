package libcontainer

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// identity names a process for as long as the machine runs: the kernel gives
// its pid to another process one day, but not together with the start time.
type identity struct {
	Pid       int    `json:"pid"`
	StartTime uint64 `json:"startTime"` // clock ticks after boot, proc_pid_stat(5) field 22
}

// identify returns the identity of a running process.
func identify(pid int) (identity, error) {
	st, err := readStat(pid)
	if err != nil {
		return identity{}, err
	}
	return identity{Pid: pid, StartTime: st.startTime}, nil
}

// alive reports whether the process runs. A zombie does not.
func (id identity) alive() bool {
	if id.Pid <= 0 {
		return false
	}
	st, err := readStat(id.Pid)
	return err == nil && st.startTime == id.StartTime && !st.dead()
}

// open returns a pidfd of the process, or ESRCH when it is gone.
func (id identity) open() (*os.File, error) {
	if id.Pid <= 0 {
		return nil, unix.ESRCH
	}
	fd, err := unix.PidfdOpen(id.Pid, 0)
	if err == unix.EINVAL {
		// The number lives on, as that of a session with orphans in it or of a
		// thread. Newer kernels, such as 6.18, say ESRCH of the former.
		return nil, unix.ESRCH
	}
	if err != nil {
		return nil, err
	}
	// The pid may have been given away before the pidfd was there: only now
	// that it is held does the start time tell.
	if !id.alive() {
		_ = unix.Close(fd)
		return nil, unix.ESRCH
	}
	return os.NewFile(uintptr(fd), "pidfd"), nil
}

// stat is what rt needs of /proc/<pid>/stat.
type stat struct {
	state     byte
	startTime uint64
}

// dead reports a process that only waits to be reaped.
func (s stat) dead() bool { return s.state == 'Z' || s.state == 'X' || s.state == 'x' }

func readStat(pid int) (stat, error) {
	data, err := readFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, err
	}
	return parseStat(data)
}

// parseStat reads fields 3 and 22 of proc_pid_stat(5). Field 2, the command's
// name, may contain blanks and parentheses, so fields are counted from its last
// closing parenthesis.
func parseStat(data []byte) (stat, error) {
	i := bytes.LastIndexByte(data, ')')
	if i < 0 {
		return stat{}, fmt.Errorf("proc stat: no command name in %q", data)
	}
	fields := bytes.Fields(data[i+1:])
	const first = 3 // the number of the first field behind the name
	const stateField, startField = 3 - first, 22 - first
	if len(fields) <= startField {
		return stat{}, fmt.Errorf("proc stat: %d fields, want at least %d", len(fields)+2, startField+3)
	}
	start, err := strconv.ParseUint(string(fields[startField]), 10, 64)
	if err != nil {
		return stat{}, fmt.Errorf("proc stat: start time: %w", err)
	}
	return stat{state: fields[stateField][0], startTime: start}, nil
}
