package cli

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// firstFile is the first descriptor after stdin, stdout and stderr.
const firstFile = 3

// maxFiles bounds the descriptors that a process gets.
const maxFiles = 1 << 16

// preservedFiles returns n descriptors of rt from first on: those that the caller of rt
// wants its process to have. The last must be open. The process gets /dev/null for
// others that are not open, so that each keeps its number.
//
// A descriptor that closes on execve(2) is rt's own: those that rt was started with do
// not.
func preservedFiles(first, n int) ([]*os.File, error) {
	if n < 0 || n > maxFiles {
		return nil, fmt.Errorf("want a number from 0 to %d", maxFiles)
	}
	files := make([]*os.File, 0, n)
	for fd := first; fd < first+n; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if closed := err != nil || flags&unix.FD_CLOEXEC != 0; closed && fd == first+n-1 {
			return nil, fmt.Errorf("descriptor %d is not open", fd)
		} else if closed {
			null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				return nil, err
			}
			files = append(files, null)
			continue
		}
		files = append(files, os.NewFile(uintptr(fd), "descriptor "+strconv.Itoa(fd)))
	}
	return files, nil
}

// socketActivation returns how many sockets rt was started with for its process
// (sd_listen_fds(3)), and the variables that tell the process about them.
func socketActivation() (n int, env []string) {
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || n <= 0 || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return 0, nil // none, or for another process
	}
	// In a container with its own pid namespace the process is number 1.
	return n, []string{"LISTEN_PID=1", "LISTEN_FDS=" + strconv.Itoa(n)}
}

const preserveUsage = "pass `N` more of rt's file descriptors to the process, starting with 3"

// execFiles returns the descriptors that an exec is to have.
func execFiles(preserve int) ([]*os.File, error) {
	files, err := preservedFiles(firstFile, preserve)
	if err != nil {
		return nil, fmt.Errorf("--preserve-fds=%d: %w", preserve, err)
	}
	return files, nil
}

// containerFiles returns the descriptors that a container is to have, those of socket
// activation first, and the variables that tell it about those.
func containerFiles(preserve int) (files []*os.File, env []string, err error) {
	sockets, env := socketActivation()
	if files, err = preservedFiles(firstFile, sockets); err != nil {
		return nil, nil, fmt.Errorf("LISTEN_FDS=%d: %w", sockets, err)
	}
	more, err := preservedFiles(firstFile+sockets, preserve)
	if err != nil {
		return nil, nil, fmt.Errorf("--preserve-fds=%d: %w", preserve, err)
	}
	return append(files, more...), env, nil
}

// serviceManager returns the address of the socket of the service manager that started
// rt, or "" (sd_notify(3)).
func serviceManager() string { return os.Getenv("NOTIFY_SOCKET") }
