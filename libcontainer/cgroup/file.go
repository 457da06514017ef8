package cgroup

import (
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
)

// readFile returns the content of a cgroup file.
func readFile(path string) (string, error) {
	content, err := linux.ReadFile(path)
	return string(content), err
}

// readField returns the value of a key in a file of "key value" lines.
func readField(path, key string) (uint64, bool) {
	content, err := readFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(content) {
		if k, v, _ := strings.Cut(strings.TrimSpace(line), " "); k == key {
			n, err := strconv.ParseUint(v, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

func isDir(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

func fsType(path string) int64 {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0
	}
	return int64(st.Type)
}

func isFile(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG
}
