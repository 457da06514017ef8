package checkpoint

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// startInNamespace starts CRIU in a mount namespace of its own, so that there are
// no mounts to clean up, whoever is killed. CRIU's session keyring becomes that
// of the processes that it restores.
//
// The namespace and the keyring are those of a thread, which CRIU's process is
// forked from and which ends with that.
func (r *request) startInNamespace(path string, argv []string, attr *os.ProcAttr) (process *os.Process, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked
		if err = r.enterNamespace(); err == nil {
			process, err = os.StartProcess(path, argv, attr)
		}
	}()
	<-done
	return process, err
}

// enterNamespace brings the calling thread into the mount namespace and the session
// keyring that CRIU is to have.
//
// Preconditions: the thread is locked and will not be used for anything else.
func (r *request) enterNamespace() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("make a mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("make the host's mounts slaves: %w", err)
	}
	for _, dir := range []**os.File{&r.Images, &r.Work} {
		if err := reopen(dir); err != nil {
			return err
		}
	}
	if err := r.makePlace(); err != nil {
		return err
	}
	return r.makeKeyring()
}

func (r *request) rootPlace() string    { return r.Place + "/root" }
func (r *request) cgroupsPlace() string { return r.Place + "/cgroup" }

// makePlace mounts what CRIU wants to find mounted: the root directory of a
// restore, and the cgroup hierarchies. It would mount these itself, but without
// the options that cgroup v2 has on this host, and so take them from all the
// host's mounts: nsdelegate is gone then until somebody mounts again
// (cgroups(7); checkpoint-restore/criu issue 3029).
func (r *request) makePlace() error {
	if err := unix.Mount("tmpfs", r.Place, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=700"); err != nil {
		return fmt.Errorf("mount tmpfs on %s: %w", r.Place, err)
	}
	if r.Kind == kindRestore {
		if err := bind(r.Root, r.rootPlace(), unix.MS_REC); err != nil {
			return fmt.Errorf("root.path: %w", err)
		}
	}
	for name, dir := range r.Cgroups {
		if err := bind(dir, r.cgroupsPlace()+"/"+name, 0); err != nil {
			return fmt.Errorf("cgroups: %w", err)
		}
	}
	return nil
}

// bind shows a directory at another place, which it makes.
func bind(dir, at string, recursive uintptr) error {
	if err := os.MkdirAll(at, 0o700); err != nil {
		return err
	}
	if err := unix.Mount(dir, at, "", unix.MS_BIND|recursive, ""); err != nil {
		return fmt.Errorf("mount %s on %s: %w", dir, at, err)
	}
	return nil
}

func (r *request) makeKeyring() error {
	if r.Keyring == "" {
		return nil
	}
	_, err := unix.KeyctlJoinSessionKeyring(r.Keyring)
	if err != nil && err != unix.ENOSYS {
		return &KeyringError{r.Keyring, err}
	}
	return nil
}

// reopen opens a directory, if there is one, in the mount namespace of the
// calling thread. It is CRIU's working directory, where it mounts things, which
// it may in its own namespace only.
func reopen(dir **os.File) error {
	if *dir == nil {
		return nil
	}
	f, err := os.OpenFile((*dir).Name(), os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	(*dir).Close()
	*dir = f
	return nil
}

// makeReadonly makes the root of a restored process read-only, which CRIU does not
// and needs to write to until the processes are there.
func makeReadonly(pid int) error {
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/mnt", pid))
	if err != nil {
		return fmt.Errorf("root.readonly: %w", err)
	}
	defer namespace.Close()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNS)
		}
		if err == nil {
			err = unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
		}
		done <- err
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("root.readonly: make the restored root read-only: %w", err)
	}
	return nil
}
