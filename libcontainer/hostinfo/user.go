package hostinfo

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// user finds out who asks. path is the list of directories with programs, PATH.
func (f files) user(uid int, path string) User {
	name := UserName(f.read("etc/passwd"), uid)
	u := User{
		UID:               uid,
		InUserNamespace:   f.inUserNamespace(),
		MaxUserNamespaces: f.number("proc/sys/user/max_user_namespaces"),
		SubUIDs:           f.subordinate("etc/subuid", name, uid),
		SubGIDs:           f.subordinate("etc/subgid", name, uid),
		Helpers:           f.helpers(path),
	}
	u.Rootless = uid != 0 || u.InUserNamespace
	u.Unprivileged = u.MaxUserNamespaces != 0 &&
		f.number("proc/sys/kernel/unprivileged_userns_clone") != 0 && // a patch of Debian's
		f.number("proc/sys/kernel/apparmor_restrict_unprivileged_userns") != 1
	return u
}

// firstUserNamespace is the inode number of the host's user namespace
// (PROC_USER_INIT_INO, since Linux 3.8).
const firstUserNamespace = 0xeffffffd

func (f files) inUserNamespace() bool {
	var st unix.Stat_t
	return unix.Stat(filepath.Join(string(f), "proc/self/ns/user"), &st) == nil && st.Ino != firstUserNamespace
}

// number returns the number in a file, or -1.
func (f files) number(path string) int {
	n, err := strconv.Atoi(f.read(path))
	if err != nil {
		return -1
	}
	return n
}

// UserName returns the name of a user in the text of passwd(5), or "".
func UserName(passwd string, uid int) string {
	for line := range strings.Lines(passwd) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == strconv.Itoa(uid) {
			return fields[0]
		}
	}
	return ""
}

// IDRange is a range of ids.
type IDRange struct{ First, Count uint32 }

// SubordinateIDs returns the ranges that the text of subuid(5) grants to a user, by name
// or by number.
func SubordinateIDs(text, name string, uid int) (list []IDRange) {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] != strconv.Itoa(uid) && (name == "" || fields[0] != name) {
			continue
		}
		first, err1 := strconv.ParseUint(fields[1], 10, 32)
		count, err2 := strconv.ParseUint(fields[2], 10, 32)
		if err1 == nil && err2 == nil {
			list = append(list, IDRange{uint32(first), uint32(count)})
		}
	}
	return list
}

// subordinate returns how many ids a file of subuid(5) grants to a user.
func (f files) subordinate(path, name string, uid int) (sum uint64) {
	for _, r := range SubordinateIDs(f.read(path), name, uid) {
		sum += uint64(r.Count)
	}
	return sum
}

// MappingHelpers returns the names of the programs that map ids for ordinary users
// (newuidmap(1)).
func MappingHelpers() []string { return []string{"newuidmap", "newgidmap"} }

// helpers returns their paths.
func (f files) helpers(path string) []string {
	list := []string{}
	for _, name := range MappingHelpers() {
		if program := f.program(name, path); program != "" {
			list = append(list, program)
		}
	}
	return list
}

// Program returns the path of a program in a list of directories, such as PATH, or "".
func Program(name, path string) string { return files("/").program(name, path) }

func (f files) program(name, path string) string {
	for _, dir := range filepath.SplitList(path) {
		program := filepath.Join(dir, name)
		if st, err := os.Stat(filepath.Join(string(f), program)); err == nil && st.Mode()&0o111 != 0 && !st.IsDir() {
			return program
		}
	}
	return ""
}
