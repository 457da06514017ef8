package netdevice

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// link is a network device as a namespace knows it.
type link struct {
	index int32
	name  string
	up    bool
}

// linkNamed returns the device that has a name, or an alternative name. The
// error is ENODEV if there is none.
func (c *conn) linkNamed(name string) (link, error) {
	return c.link(linkRequest(unix.RTM_GETLINK, 0, 0, 0).text(unix.IFLA_IFNAME, name))
}

// linkAt returns the device with an index.
func (c *conn) linkAt(index int32) (link, error) {
	return c.link(linkRequest(unix.RTM_GETLINK, index, 0, 0))
}

// hasLink reports whether a name is taken.
func (c *conn) hasLink(name string) (bool, error) {
	_, err := c.linkNamed(name)
	if errors.Is(err, unix.ENODEV) {
		return false, nil
	}
	return err == nil, err
}

func (c *conn) link(r *request) (link, error) {
	m, err := c.ask(r)
	if err != nil {
		return link{}, err
	}
	return parseLink(m)
}

func parseLink(m message) (link, error) {
	if m.kind != unix.RTM_NEWLINK || len(m.body) < unix.SizeofIfInfomsg {
		return link{}, fmt.Errorf("netlink: message %d of %d bytes is not a device", m.kind, len(m.body))
	}
	list, err := parseAttributes(m.body[unix.SizeofIfInfomsg:])
	if err != nil {
		return link{}, err
	}
	return link{
		index: int32(binary.NativeEndian.Uint32(m.body[4:])),
		name:  list.text(unix.IFLA_IFNAME),
		up:    binary.NativeEndian.Uint32(m.body[8:])&unix.IFF_UP != 0,
	}, nil
}

// move moves a device to another namespace, where it gets this name. The kernel
// takes it down and removes its addresses. Afterwards the device may have
// another index.
//
// The name must be free in that namespace. If it is taken, the error may come
// after the device was moved.
func (c *conn) move(index int32, to *os.File, name string) error {
	return c.do(linkRequest(unix.RTM_SETLINK, index, 0, 0).
		number(unix.IFLA_NET_NS_FD, uint32(to.Fd())).
		text(unix.IFLA_IFNAME, name))
}

// rename gives a device that is down another name. The kernel puts a number
// for a %d in it.
func (c *conn) rename(index int32, name string) error {
	return c.do(linkRequest(unix.RTM_SETLINK, index, 0, 0).text(unix.IFLA_IFNAME, name))
}

// setUp brings a device up.
func (c *conn) setUp(index int32) error {
	return c.do(linkRequest(unix.RTM_SETLINK, index, unix.IFF_UP, unix.IFF_UP))
}
