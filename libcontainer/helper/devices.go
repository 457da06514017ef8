package helper

import (
	"encoding/binary"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// device is a device node that is to be copied.
type device struct {
	entry
	unix.Statx_t
}

// describe sends what statx(2) says of a device. A program could not put the
// device's number together for mknod(2): it has no arithmetic. (The older
// newfstatat(2) returns it in one piece, but not every architecture has that.)
func (b *copySteps) describe(i int, name string) {
	done := b.NewLabel()
	b.Statx(b.from.Arg(), name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, b.stat).On(unix.ENOENT, done)
	b.sendSize(kindDevice, i, b.stat, program.Imm(program.StatxSize))
	b.Bind(done)
}

// appendDevice decodes the result of statx(2). Another kind of file that has
// taken the device's place is left out.
func appendDevice(list []device, e entry, content []byte) ([]device, error) {
	d := device{entry: e}
	if _, err := binary.Decode(content, binary.NativeEndian, &d.Statx_t); err != nil {
		return nil, fmt.Errorf("device %s: %w", e.path(), err)
	}
	if kind := d.Mode & unix.S_IFMT; kind == unix.S_IFCHR || kind == unix.S_IFBLK {
		list = append(list, d)
	}
	return list, nil
}

// makeDevices makes the copies of devices.
func (c *copier) makeDevices(list []device) error {
	for len(list) > 0 {
		n := min(len(list), batch)
		b := c.newSteps("copy devices")
		for i := range list[:n] {
			b.makeDevice(&list[i])
		}
		if _, err := c.run(b.inputs); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (b *copySteps) makeDevice(d *device) {
	b.Doing("copy /%s", d.path())
	denied, done := b.NewLabel(), b.NewLabel()
	b.open(b.second, d.dir, b.to, done)
	b.Mknodat(b.to.Arg(), d.name, uint32(d.Mode), unix.Mkdev(d.Rdev_major, d.Rdev_minor)).On(unix.EPERM, denied)
	b.Fchownat(b.to.Arg(), d.name, d.Uid, d.Gid, unix.AT_SYMLINK_NOFOLLOW).Ignore(unix.EINVAL)
	times := b.Words(uint64(d.Ctime.Sec), uint64(d.Ctime.Nsec), uint64(d.Mtime.Sec), uint64(d.Mtime.Nsec))
	b.Utimensat(b.to.Arg(), d.name, times, unix.AT_SYMLINK_NOFOLLOW)
	b.Close(b.to.Arg())
	b.Jump(done)
	b.Bind(denied)
	b.FailSaying(unix.EPERM, "copy the device /%s: operation not permitted "+
		"(only the host's root can make a device, and only one that linux.resources.devices lets it)", d.path())
	b.Bind(done)
}
