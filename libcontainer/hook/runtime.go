package hook

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// InRuntime returns a [Start] for hooks that run where the runtime does, in the directory
// dir, or in / if dir is gone. Without an env in the configuration they have the
// runtime's environment, as under runc and crun. An empty env stays empty.
//
// Each hook leads a process group, so that all processes of a hook that takes too long
// are killed.
func InRuntime(dir string) Start {
	return func(h *Hook, stdio [3]*os.File) (int, error) {
		p, err := os.StartProcess(h.Path, h.Argv(), &os.ProcAttr{
			Dir:   orRoot(dir),
			Env:   h.Env,
			Files: stdio[:],
			Sys:   &syscall.SysProcAttr{Setpgid: true},
		})
		if err != nil {
			return 0, fmt.Errorf("%v: execute: %w", h, cause(err))
		}
		defer p.Release()
		return p.Pid, nil
	}
}

// orRoot returns dir, or / if no directory has that name any more: a container
// may outlive its bundle.
func orRoot(dir string) string {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return "/"
	}
	return dir
}

// cause returns err without the name of the file, which the message already has.
func cause(err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
