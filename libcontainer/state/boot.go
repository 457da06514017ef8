package state

import (
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// Boot returns what tells this boot of the machine from others, or "" if the directory
// cannot outlive it. Pids, the inode numbers of pidfds and start times begin anew with
// each boot.
func (d *Dir) Boot() string {
	var fs unix.Statfs_t
	err := unix.Fstatfs(int(d.dir.Fd()), &fs)
	if kind := uint32(fs.Type); err == nil && (kind == unix.TMPFS_MAGIC || kind == unix.RAMFS_MAGIC) {
		return ""
	}
	return bootID()
}

// bootID returns the kernel's name for this boot (random(4)), or "" without /proc.
func bootID() string {
	text, _ := linux.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(text))
}

// forgetBoot drops what ended with an earlier boot. Whatever has the same pid, or is in
// the same cgroup or mounted at the same place, is somebody else's by now.
func (s *State) forgetBoot() {
	if s.Boot == "" {
		return
	}
	if now := bootID(); now == "" || s.Boot == now {
		return
	}
	s.Init, s.Rdt, s.RootfsBound = Init{}, nil, false
	s.Cgroup.Made = false
}
