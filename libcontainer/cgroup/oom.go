package cgroup

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// OOMWatch tells when a container is out of memory.
type OOMWatch struct {
	// FD is readable when something may have happened: see Happened. It is -1 if
	// the container has no memory controller of its own, and then nothing ever does.
	FD int

	dir   string
	v2    bool
	kills uint64 // v2: as many have been seen
}

// WatchOOM begins to watch. The watch must be closed.
func (c *Config) WatchOOM() (*OOMWatch, error) {
	dir, events, _, _ := c.memoryFiles()
	w := &OOMWatch{FD: -1, dir: dir, v2: c.Version == 2}
	if dir == "" || c.Inherited || !isFile(dir+events) {
		return w, nil
	}
	watch := watchV1
	if w.v2 {
		w.kills, _ = readField(dir+events, "oom_kill")
		watch = watchV2
	}
	fd, err := watch(dir + events)
	if err != nil {
		return nil, fmt.Errorf("watch for out-of-memory events: %w", err)
	}
	w.FD = fd
	return w, nil
}

// Close ends the watch.
func (w *OOMWatch) Close() {
	if w.FD >= 0 {
		_ = unix.Close(w.FD)
	}
}

// Happened reports whether the container was out of memory since it was asked
// last. It does not wait.
//
// v2 counts the processes that were killed. v1 has notifications, which come
// before a process is killed or has to wait, and once more when the cgroup is
// removed (kernel documentation, cgroup-v1/memory, "OOM Control").
func (w *OOMWatch) Happened() bool {
	if w.FD < 0 {
		return false
	}
	buf := make([]byte, 4096) // an inotify event, or the eight bytes of an eventfd
	n, _ := unix.Read(w.FD, buf)
	if !w.v2 {
		return n > 0 && isFile(w.dir+"/cgroup.event_control")
	}
	for n == len(buf) {
		n, _ = unix.Read(w.FD, buf)
	}
	kills, ok := readField(w.dir+"/memory.events", "oom_kill")
	if !ok || kills == w.kills {
		return false
	}
	w.kills = kills
	return true
}

// watchV2 returns an inotify descriptor: the kernel says that memory.events was
// modified (kernel documentation, cgroup-v2, "memory.events").
func watchV2(file string) (int, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return -1, os.NewSyscallError("inotify_init1", err)
	}
	if _, err := unix.InotifyAddWatch(fd, file, unix.IN_MODIFY); err != nil {
		unix.Close(fd)
		return -1, &os.PathError{Op: "inotify_add_watch", Path: file, Err: err}
	}
	return fd, nil
}

// watchV1 returns an eventfd that is registered with the cgroup. The file
// memory.oom_control need not stay open.
func watchV1(file string) (int, error) {
	control, err := linux.Open(file, unix.O_RDONLY, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(control)
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return -1, os.NewSyscallError("eventfd", err)
	}
	dir := file[:len(file)-len("/memory.oom_control")]
	err = linux.WriteValues(dir+"/cgroup.event_control", strconv.Itoa(fd)+" "+strconv.Itoa(control))
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}
