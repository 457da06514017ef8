package libcontainer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/creator"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/state"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// target is the container's first process as an exec finds it.
type target struct {
	compile.Target
	pidfd *os.File
	root  *os.File // its root directory, if ChangesRoot or to look for HOME
	cwd   *os.File // its working directory, or nil
	user  *os.File // the container's user namespace, if LeftUser

	ownPids   bool // the container has a pid namespace of its own
	wantsRoot bool
}

// openTarget opens the first process of the container, whose configuration is s,
// and looks at its namespaces.
//
// The process may end at any time, and another process may get its pid. Then
// entering its namespaces by its pidfd fails. What was looked up by its pid
// counts only if the process still exists afterwards.
func (c *Container) openTarget(s *specs.Spec) (*target, error) {
	pidfd, err := c.state.Init.Open()
	if err != nil {
		return nil, c.targetError(err)
	}
	t := &target{pidfd: pidfd, ownPids: c.state.OwnPidNamespace}
	t.ChangesRoot = !spec.NewNamespace(s, specs.MountNamespace)
	t.wantsRoot = t.ChangesRoot || process.NeedsHome(s.Process.Env)
	err = t.lookPatiently("/proc/" + strconv.Itoa(c.state.Init.Pid))
	if ended, endErr := state.HasEnded(int(pidfd.Fd())); ended {
		err = unix.ESRCH
	} else if err == nil {
		err = endErr
	}
	if err != nil {
		t.close()
		return nil, c.targetError(err)
	}
	return t, nil
}

func (c *Container) targetError(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return ErrStopped
	}
	if errors.Is(err, fs.ErrPermission) && c.state.Phase == state.Created && os.Geteuid() != 0 {
		return fmt.Errorf("an ordinary user cannot exec in a container before it is started, because its init process is hidden from the user (%w)", err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the main thread of the container's process %d has ended, so its namespaces cannot be entered: %w", c.state.Init.Pid, err)
	}
	return fmt.Errorf("the container's process %d: %w", c.state.Init.Pid, err)
}

func (t *target) close() {
	t.pidfd.Close()
	// A nil file may be closed.
	t.root.Close()
	t.cwd.Close()
	t.user.Close()
}

// lookPatiently is look for a process that may be executing another program. If
// another thread than the first does that, it takes the place of the first,
// which has no namespaces for a moment (execve(2), "multithreaded").
func (t *target) lookPatiently(proc string) (err error) {
	for range 20 {
		if err = t.look(proc); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if ended, _ := state.HasEnded(int(t.pidfd.Fd())); ended {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return err
}

// look finds out which namespaces of the process with this directory in /proc
// must be entered.
func (t *target) look(proc string) (err error) {
	if err := t.compareNamespaces(proc); err != nil {
		return err
	}
	if t.ownPids && t.Namespaces&unix.CLONE_NEWUSER != 0 {
		if err := t.findUser(proc); err != nil {
			return err
		}
	}
	if t.wantsRoot {
		t.root, err = creator.OpenRoot(proc)
	}
	return err
}

func (t *target) compareNamespaces(proc string) error {
	dirs, err := linux.OpenNamespaceDirs(proc)
	if err != nil {
		return err
	}
	defer dirs.Close()
	for _, ns := range namespaceFiles() {
		same, err := dirs.Same(ns.file)
		if err != nil {
			return err
		}
		if !same {
			t.Namespaces |= ns.flag
		}
	}
	return nil
}

// nsGetUserns is NS_GET_USERNS of ioctl_nsfs(2).
const nsGetUserns = 0xb701

// findUser finds the container's user namespace. Its first process may have left
// that for a user namespace below it (unshare(2)), which need not have a root,
// and to which another process of the container does not belong. The owner of
// the pid namespace tells which it is, because no process can leave its pid
// namespace.
func (t *target) findUser(proc string) error {
	pids, err := os.Open(proc + "/ns/pid")
	if err != nil {
		return err
	}
	defer pids.Close()
	fd, err := unix.IoctlRetInt(int(pids.Fd()), nsGetUserns)
	if err == unix.EPERM {
		return nil // it is above this process's own
	}
	if err != nil {
		return os.NewSyscallError("ioctl NS_GET_USERNS", err)
	}
	user := os.NewFile(uintptr(fd), "user namespace")
	path := "/proc/self/fd/" + strconv.Itoa(fd)
	stayed, err := linux.SameNamespace(proc+"/ns/user", path)
	own := true
	if err == nil {
		own, err = linux.SameNamespace(path, "/proc/self/ns/user")
	}
	if err == nil && !stayed && !own {
		t.user, t.LeftUser = user, true
		return nil
	}
	if !stayed && own {
		t.Namespaces &^= unix.CLONE_NEWUSER
	}
	user.Close()
	return err
}

// namespaceFile is the name of a type of namespaces in /proc/<pid>/ns.
type namespaceFile struct {
	file string
	flag uintptr
}

func namespaceFiles() []namespaceFile {
	return []namespaceFile{
		{"user", unix.CLONE_NEWUSER}, {"mnt", unix.CLONE_NEWNS}, {"pid", unix.CLONE_NEWPID},
		{"net", unix.CLONE_NEWNET}, {"ipc", unix.CLONE_NEWIPC}, {"uts", unix.CLONE_NEWUTS},
		{"cgroup", unix.CLONE_NEWCGROUP}, {"time", unix.CLONE_NEWTIME},
	}
}
