package fakesystemd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/tests/need"
)

// Cgroups makes the manager make the cgroups of its units, as systemd does, in
// those of the host's hierarchies that systemd knows. The slices must be ones
// without a hyphen, and are removed when nothing is in them.
func (m *Manager) Cgroups() {
	m.Start = func(u *Unit) error {
		pids, _ := u.Properties["PIDs"].([]uint32)
		for _, dir := range u.dirs() {
			if err := enter(dir, pids); err != nil {
				return err
			}
		}
		return nil
	}
	m.Stop = func(u *Unit) {
		for _, dir := range u.dirs() {
			removeBelow(dir)
			_ = os.Remove(filepath.Dir(dir))
		}
	}
}

// dirs are the unit's cgroups.
func (u *Unit) dirs() []string {
	slice, _ := u.Properties["Slice"].(string)
	var dirs []string
	for _, mount := range hierarchies() {
		dirs = append(dirs, filepath.Join(mount, slice, u.Name))
	}
	return dirs
}

func hierarchies() []string {
	const root = "/sys/fs/cgroup"
	if need.HasCgroup2() {
		return []string{root}
	}
	var mounts []string
	for _, name := range []string{"unified", "systemd", "cpu", "cpuacct", "cpu,cpuacct", "blkio", "memory", "devices", "pids"} {
		mount := filepath.Join(root, name)
		if st, err := os.Lstat(mount); err == nil && st.IsDir() {
			mounts = append(mounts, mount)
		}
	}
	return mounts
}

// enter makes a cgroup and moves processes into it.
func enter(dir string, pids []uint32) error {
	if len(pids) == 0 {
		return errors.New("a scope has processes")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, pid := range pids {
		if err := os.WriteFile(dir+"/cgroup.procs", []byte(strconv.Itoa(int(pid))), 0); err != nil {
			return fmt.Errorf("process %d: %w", pid, err)
		}
	}
	return nil
}

// removeBelow removes a cgroup and those in it, if they are empty.
func removeBelow(dir string) {
	var all []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			all = append(all, path)
		}
		return nil
	})
	for i := len(all) - 1; i >= 0; i-- {
		_ = os.Remove(all[i])
	}
}

// Describe returns the unit's properties, a line each, without those of its
// processes and devices.
func (u *Unit) Describe() string {
	var lines []string
	for name, value := range u.Properties {
		if name != "PIDs" && name != "DeviceAllow" {
			lines = append(lines, fmt.Sprintf("%s=%v\n", name, value))
		}
	}
	return strings.Join(lines, "")
}
