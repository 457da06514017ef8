package soak

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Place is where the containers of a test are.
type Place struct {
	Dir    string // has the state directory, the bundles and all else of the test
	Tag    string // in the names of the containers
	Parent string // the name of the cgroup that is above all of theirs
}

// Probes are those of the kernel's objects and of the test's files. Whoever asks for them
// is in a [World] of its own.
func (p Place) Probes() []Probe {
	probes := []Probe{
		{"mounts", Exact, func() (float64, error) { return lines("/proc/self/mountinfo", "") }},
		{"processes", Exact, func() (float64, error) { return matches("/proc/[0-9]*") }},
		{"sockets with a path or a peer", Exact, func() (float64, error) { return lines("/proc/net/unix", "") }},
		{"network devices", Exact, func() (float64, error) { return lines("/proc/net/dev", "") }},
		{"files of the test, and the state directory", Exact, func() (float64, error) { return files(p.Dir) }},
		{"files in /dev/shm", Exact, func() (float64, error) { return files("/dev/shm") }},
		{"cgroups below the test's", Exact, p.cgroups},
		{"keyrings of the containers", Exact, func() (float64, error) { return lines("/proc/keys", p.Tag) }},
		{"keys of all users", Machine, keys},
		{"open files of the machine", Bound{Fixed: 2000, PerLife: 0.05}, func() (float64, error) { return field("/proc/sys/fs/file-nr", 0) }},
	}
	for _, c := range controllers() {
		probes = append(probes, Probe{"dying cgroups of " + c.name, Machine, c.dying})
	}
	if dir := unified(); dir != "" {
		probes = append(probes, Probe{"dying cgroups below the test's, version 2", Exact, func() (float64, error) {
			return named(filepath.Join(dir, p.Parent, "cgroup.stat"), "nr_dying_descendants ")
		}})
	}
	return append(probes, slabs()...)
}

// lines counts the lines of a file that contain a text.
func lines(path, text string) (n float64, err error) {
	data, err := os.ReadFile(path)
	for line := range bytes.Lines(data) {
		if bytes.Contains(line, []byte(text)) {
			n++
		}
	}
	return n, err
}

func matches(pattern string) (float64, error) {
	list, err := filepath.Glob(pattern)
	return float64(len(list)), err
}

// files counts what is in a directory. What vanishes meanwhile is none.
func files(dir string) (n float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, _ fs.DirEntry, err error) error {
		n++
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	return n, err
}

// field reads a number among the words of a file.
func field(path string, n int) (float64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	words := strings.Fields(string(data))
	if n >= len(words) {
		return 0, fmt.Errorf("%s has %d fields", path, len(words))
	}
	return strconv.ParseFloat(words[n], 64)
}

// named reads the number that a line of a file begins with a name for.
func named(path, name string) (float64, error) {
	data, err := os.ReadFile(path)
	for line := range strings.Lines(string(data)) {
		if text, ok := strings.CutPrefix(line, name); ok {
			return strconv.ParseFloat(strings.Fields(text)[0], 64)
		}
	}
	if err == nil {
		err = fmt.Errorf("%s has no %s", path, strings.TrimSpace(name))
	}
	return 0, err
}

// keys counts the keys of all users of this user namespace (proc-key-users(5)).
func keys() (n float64, err error) {
	data, err := os.ReadFile("/proc/key-users")
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); err == nil && len(words) > 2 {
			count, _, _ := strings.Cut(words[2], "/")
			var of float64
			of, err = strconv.ParseFloat(count, 64)
			n += of
		}
	}
	return n, err
}

// CgroupRoots are the mount points of the cgroup hierarchies: of version 2 alone, or of
// each of version 1, with version 2 beside them.
func CgroupRoots() (list []string) {
	for _, pattern := range []string{"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/*/cgroup.procs"} {
		found, _ := filepath.Glob(pattern)
		for _, path := range found {
			list = append(list, filepath.Dir(path))
		}
		if len(list) > 0 {
			break
		}
	}
	return list
}

// cgroups counts the cgroups below the test's, in all hierarchies.
func (p Place) cgroups() (n float64, err error) {
	for _, root := range CgroupRoots() {
		dirs, err := directories(filepath.Join(root, p.Parent))
		if err != nil {
			return 0, err
		}
		n += dirs
	}
	return n, nil
}

func directories(dir string) (n float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			n++
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	return n, err
}

// unified is the mount point of cgroup version 2, or "".
func unified() string {
	for _, root := range CgroupRoots() {
		if _, err := os.Stat(root + "/cgroup.stat"); err == nil {
			return root
		}
		if _, err := os.Stat(root + "/cgroup.controllers"); err == nil {
			return root
		}
	}
	return ""
}

// controller is one of cgroup version 1.
type controller struct{ name, root string }

// controllers are those that keep something of a cgroup when that was removed: memory
// that was charged to it, or what was written on its account.
func controllers() (list []controller) {
	for _, name := range []string{"memory", "blkio", "pids", "devices"} {
		if root := "/sys/fs/cgroup/" + name; slices.Contains(CgroupRoots(), root) {
			list = append(list, controller{name, root})
		}
	}
	return list
}

// dying counts the cgroups of a controller that were removed, and which the kernel has not
// freed: /proc/cgroups counts them too.
func (c controller) dying() (float64, error) {
	data, err := os.ReadFile("/proc/cgroups")
	if err != nil {
		return 0, err
	}
	there, err := directories(c.root)
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); err == nil && len(words) > 2 && words[0] == c.name {
			all, err := strconv.ParseFloat(words[2], 64)
			return max(all-there, 0), err
		}
	}
	return 0, err
}

// caches are those of the kernel's memory whose objects containers are made of. They are
// objects of the whole machine, and what is free in a slab counts as in use now and then.
var caches = []string{
	"mnt_cache", "net_namespace", "pid_namespace", "user_namespace", "uts_namespace", "nsproxy", "task_struct", "mm_struct",
	"files_cache", "signal_cache", "sock_inode_cache", "key_jar", "mem_cgroup", "task_group",
}

// slabBound is that of a cache: a CPU keeps slabs of freed objects, and others run
// containers at the same time.
var slabBound = Bound{Fixed: 1000, PerLife: 0.05}

// slabs are the probes of the caches that this kernel has, if it shows them to us.
func slabs() (list []Probe) {
	for _, name := range caches {
		read := func() (float64, error) { return named("/proc/slabinfo", name+" ") }
		if _, err := read(); err == nil {
			list = append(list, Probe{"the kernel's objects " + name, slabBound, read})
		}
	}
	return list
}

// OfProcess are the probes of a process that lives long.
func OfProcess(name string, pid int) []Probe {
	proc := "/proc/" + strconv.Itoa(pid)
	return []Probe{
		{name + ": descriptors", Exact, func() (float64, error) { return matches(proc + "/fd/*") }},
		// The Go runtime ends no thread that has come to rest, and makes one more when all
		// are in system calls.
		{name + ": threads", Bound{Fixed: 4}, func() (float64, error) { return matches(proc + "/task/*") }},
		{name + ": resident KiB", memoryBound, func() (float64, error) { return named(proc+"/status", "VmRSS:") }},
		{name + ": proportional KiB", memoryBound, func() (float64, error) { return named(proc+"/smaps_rollup", "Pss:") }},
	}
}

// memoryBound is that of a program in Go: its heap has grown to its size after some lives.
// 100 bytes that are kept of each life get out of it.
var memoryBound = Bound{Fixed: 3 << 10, PerLife: 0.02}
