package libcontainer

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"golang.org/x/sys/unix"
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
	if f, err := openInContainer(pid, "etc/passwd"); err == nil {
		defer f.Close()
		if dir := findHome(io.LimitReader(f, maxPasswd), uid); dir != "" && len("HOME=")+len(dir) < maxHome {
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

// openInContainer opens a regular file below the root directory of a process.
// The file system is hostile: no link leads out of it, and a FIFO or a device
// does not block or act.
func openInContainer(pid int, unsafePath string) (*os.File, error) {
	root, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(root)
	handle, err := linux.OpenInRoot(root, unsafePath)
	if err != nil {
		return nil, err
	}
	defer unix.Close(handle)
	var st unix.Stat_t
	if err := unix.Fstat(handle, &st); err != nil {
		return nil, err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, unix.EINVAL
	}
	return os.Open("/proc/self/fd/" + strconv.Itoa(handle))
}
