package creator

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/compile"
	"golang.org/x/sys/unix"
)

// maxPasswd bounds how much of a container's /etc/passwd is read.
const maxPasswd = 1 << 20

// homeVariable returns "HOME=<dir>" for the process's user, from the
// container's /etc/passwd behind all mounts. A user that is not in that file
// lives in "/", as under runc.
func (s *Session) homeVariable() string {
	home := "/"
	if passwd, err := s.readPasswd(); err == nil {
		dir := findHome(bytes.NewReader(passwd), s.Process.User.UID)
		if dir != "" && len("HOME=")+len(dir) < compile.MaxHome {
			home = dir
		}
	}
	return "HOME=" + home
}

func (s *Session) readPasswd() ([]byte, error) {
	root := s.Root
	if s.root != nil {
		root = s.root
	}
	if root == nil {
		var err error
		if root, err = OpenRoot("/proc/" + strconv.Itoa(s.pid)); err != nil {
			return nil, err
		}
		defer root.Close()
	}
	return linux.ReadStored(int(root.Fd()), "etc/passwd", maxPasswd)
}

// OpenRoot opens the root directory of a process, to look for something below
// it. proc is the process's directory in /proc.
func OpenRoot(proc string) (*os.File, error) {
	return os.OpenFile(proc+"/root", unix.O_PATH|unix.O_DIRECTORY, 0)
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
