package main

import (
	"fmt"
	"math"
	"os/exec"
	"strings"
	"syscall"

	"github.com/oci-rt/rt/internal/elfhead"
)

// binfmtMisc is where the kernel is told what executes programs that it does not know
// (Documentation/admin-guide/binfmt-misc.rst).
const binfmtMisc = "/proc/sys/fs/binfmt_misc"

// emulatePrograms changes a command that makes a system of another architecture, and
// starts its programs, so that qemu-user executes them.
//
// A user namespace may have formats of its own (Linux 6.7), so that nothing changes for
// others on this machine. All ids are mapped, so that files keep their owners. Where the
// machine knows the format already nothing is needed.
func (a arch) emulatePrograms(cmd *exec.Cmd) {
	cmd.Args = append(cmd.Args, "--skip=check/qemu") // it looks for what Debian's tools register
	if exists(binfmtMisc + "/qemu-" + a.qemuUser()) {
		return
	}
	const script = `mount -t binfmt_misc binfmt_misc "$1" && printf %s "$2" >"$1/register" && shift 2 && exec "$@"`
	args := append([]string{"sh", "-c", script, "sh", binfmtMisc, a.binfmt(), cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.Args = "/bin/sh", args
	ids := uint32(math.MaxUint32)
	all := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: int(ids)}}
	cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
	cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = all, all
	cmd.SysProcAttr.GidMappingsEnableSetgroups = true
}

// qemuUser is the architecture's name in qemu-NAME-static.
func (a arch) qemuUser() string {
	if a.name == "ppc64le" {
		return a.name
	}
	return a.qemu
}

// binfmt returns what registers the architecture's programs: the first 20 bytes of their
// files, but for the ABI, whether position-independent or not. F has the kernel open the
// emulator now, and not in the system that is made.
func (a arch) binfmt() string {
	m, _ := elfhead.OfGOARCH(a.name)
	magic := []byte(elfhead.Magic + "\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x00\x00")
	mask := []byte(strings.Repeat("\xff", 7) + "\x00" + strings.Repeat("\xff", 8) + "\xfe\xff\xff\xff")
	magic[18], magic[19] = byte(m.Number), byte(m.Number>>8)
	if m.BigEndian {
		magic[5] = 2
		for _, b := range [][]byte{magic, mask} {
			b[16], b[17], b[18], b[19] = b[17], b[16], b[19], b[18]
		}
	}
	return fmt.Sprintf(":qemu-%s:M::%s:%s:/usr/bin/qemu-%[1]s-static:F", a.qemuUser(), escaped(magic), escaped(mask))
}

// escaped writes bytes as the kernel wants them.
func escaped(b []byte) string {
	var text strings.Builder
	for _, c := range b {
		fmt.Fprintf(&text, `\x%02x`, c)
	}
	return text.String()
}
