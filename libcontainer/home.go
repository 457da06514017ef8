package libcontainer

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"strings"
)

const (
	// maxHome is the size of the buffer that the init reads its HOME variable
	// into.
	maxHome = 4096
	// maxPasswd bounds how much of a container's /etc/passwd is read.
	maxPasswd = 1 << 20
)

// homeVariable returns "HOME=<dir>" for a user by the container's
// /etc/passwd, as it looks behind all mounts of the process pid. A user that is
// not in it lives in "/", as under runc.
func homeVariable(pid int, uid uint32) string {
	home := "/"
	if passwd, err := readInContainer(pid, "etc/passwd", maxPasswd); err == nil {
		if dir := findHome(bytes.NewReader(passwd), uid); dir != "" && len("HOME=")+len(dir) < maxHome {
			home = dir
		}
	}
	return "HOME=" + home
}

// findHome returns the home directory of uid in a passwd(5) file, or "".
func findHome(passwd io.Reader, uid uint32) string {
	want := strconv.FormatUint(uint64(uid), 10)
	lines := bufio.NewScanner(passwd)
	for lines.Scan() {
		// name:password:uid:gid:gecos:home:shell
		fields := strings.Split(lines.Text(), ":")
		if len(fields) >= 6 && fields[2] == want && !strings.ContainsRune(fields[5], 0) {
			return fields[5]
		}
	}
	return ""
}
