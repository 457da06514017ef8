package state

import (
	"fmt"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/image"
	"golang.org/x/sys/unix"
)

// Init identifies the container's process.
type Init struct {
	Identity
	// Image is the file that the init executes until the container's program
	// replaces it.
	Image image.Identity `json:"image"`
}

// Waits reports whether the process, which must live, still executes rt's
// image. If a start was killed just after it released the init, the state does
// not say so, but the kernel's answer does.
func (p Init) Waits() (bool, error) {
	var st unix.Stat_t
	proc := "/proc/" + strconv.Itoa(p.Pid)
	switch err := unix.Stat(proc+"/exe", &st); {
	case err == nil:
		return st.Dev == p.Image.Dev && st.Ino == p.Image.Ino, nil
	case err != unix.ENOENT:
		return true, nil // not ours to see: trust the record
	case p.Namespace != 0 && pidNamespace() != p.Namespace:
		return false, fmt.Errorf("look for process %d: %w", p.Pid, ErrElsewhere)
	case unix.Access(proc, unix.F_OK) != nil:
		return true, nil // hidden (proc(5), hidepid): the same
	}
	return false, nil // its first thread has ended, and the image has only one
}
