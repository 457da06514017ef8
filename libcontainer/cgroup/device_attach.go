package cgroup

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// attach makes the policy that of a v2 cgroup, in place of what rt or another
// runtime attached before.
func (p *devicePolicy) attach(dir string) error {
	program, err := loadFilter(p.filter())
	if err != nil {
		return err
	}
	defer unix.Close(program)
	cgroup, err := linux.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(cgroup)
	return replaceFilters(cgroup, program)
}

// replaceFilters attaches a filter and detaches all others. There is no moment
// without: a single one, the usual case, is replaced, and of several, which
// must all allow, the new one comes first.
func replaceFilters(cgroup, program int) error {
	old, err := openFilters(cgroup)
	if err != nil {
		return err
	}
	defer func() {
		for _, fd := range old {
			unix.Close(fd)
		}
	}()
	replaced := 0
	if len(old) == 1 {
		replaced = old[0]
	}
	if err := bpfAttach(cgroup, program, replaced); err != nil {
		return fmt.Errorf("attach the eBPF filter: %w", err)
	}
	if replaced != 0 {
		return nil
	}
	for _, fd := range old {
		if err := bpfDetach(cgroup, fd); err != nil {
			return fmt.Errorf("detach an old eBPF filter: %w", err)
		}
	}
	return nil
}

// openFilters opens the filters attached to a cgroup. Those that a security
// module keeps from us stay where they are: they can only deny more.
func openFilters(cgroup int) (fds []int, err error) {
	ids, err := bpfQuery(cgroup)
	if err != nil {
		return nil, fmt.Errorf("list the eBPF filters: %w", err)
	}
	for _, id := range ids {
		fd, err := bpfOpen(id)
		switch err {
		case nil:
			fds = append(fds, fd)
		case unix.EPERM, unix.EACCES, unix.ENOENT: // the last: detached meanwhile
		default:
			for _, fd := range fds {
				unix.Close(fd)
			}
			return nil, fmt.Errorf("open eBPF filter %d: %w", id, err)
		}
	}
	return fds, nil
}

// loadFilter loads a program. If the kernel refuses it, it is asked once more,
// for the reason.
func loadFilter(program []instruction) (int, error) {
	code := encode(program, binary.NativeEndian)
	fd, err := bpfLoad(code, nil)
	if err == nil {
		return fd, nil
	}
	log := make([]byte, 64<<10)
	if err != unix.EPERM {
		if fd, again := bpfLoad(code, log); again == nil {
			return fd, nil
		}
	}
	return -1, fmt.Errorf("load the eBPF filter of %d instructions: %w%s", len(program), err, lastLines(log))
}

// lastLines returns the end of the verifier's log, which has the reason, in
// one line.
func lastLines(log []byte) string {
	text, _, _ := bytes.Cut(log, []byte{0})
	lines := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	if len(lines) == 0 {
		return ""
	}
	return " (" + strings.Join(lines[max(0, len(lines)-3):], "; ") + ")"
}

// isHostRoot reports whether the process is root, and not of a user namespace.
func isHostRoot() bool {
	ids := readFields("/proc/self/uid_map")
	const all = "0 0 4294967295"
	return os.Geteuid() == 0 && (ids == nil || strings.Join(ids, " ") == all)
}
