package helper

import (
	"strings"

	"golang.org/x/sys/unix"
)

// attrs are the names of the extended attributes of a file.
type attrs struct {
	path  string
	names []string
}

// names splits the result of flistxattr(2).
func names(content []byte) []string {
	var list []string
	for name := range strings.SplitSeq(string(content), "\x00") {
		if name != "" {
			list = append(list, name)
		}
	}
	return list
}

// listAttrs sends the names of the extended attributes of the open file.
func (b *copySteps) listAttrs(kind, i int) {
	none := b.NewLabel()
	b.Flistxattr(b.in.Arg(), b.attr, bufferSize).ResultIn(b.result).On(unix.EOPNOTSUPP, none)
	b.JumpIf(b.result.Arg(), ^uint64(0), 0, none)
	b.send(kind, i, b.attr)
	b.Bind(none)
}

// copyAttrs copies extended attributes of files that have been copied.
func (c *copier) copyAttrs(list []attrs) error {
	for len(list) > 0 {
		n := min(len(list), batch)
		b := c.newSteps("copy extended attributes")
		for _, a := range list[:n] {
			b.copyAttrs(a)
		}
		if _, err := c.run(b.inputs); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// copyAttrs copies what it may. Which attributes can be set depends on the
// kernel (user.* on tmpfs: Linux 6.6) and on the user namespace (trusted.*).
func (b *copySteps) copyAttrs(a attrs) {
	gone := b.NewLabel()
	const flags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY
	b.Openat2(b.first, a.path, flags, 0, within).ResultIn(b.in).On(unix.ENOENT, gone)
	b.Openat2(b.second, a.path, flags, 0, within).ResultIn(b.out).On(unix.ENOENT, gone)
	for _, name := range a.names {
		b.Doing("copy the attribute %s of /%s", name, a.path)
		next := b.NewLabel()
		b.Fgetxattr(b.in.Arg(), name, b.attr, bufferSize).ResultIn(b.result).On(unix.ENODATA, next)
		b.FsetxattrFrom(b.out.Arg(), name, b.attr, b.result.Arg()).Ignore(unix.EOPNOTSUPP, unix.EPERM)
		b.Bind(next)
	}
	b.Close(b.in.Arg())
	b.Close(b.out.Arg())
	b.Bind(gone)
}
