package netdevice

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// request is a netlink message to the kernel (netlink(7), rtnetlink(7)): a
// header, the fixed part of its family and attributes. All numbers are in the
// machine's byte order.
type request struct {
	kind  uint16
	flags uint16
	body  []byte
}

// linkRequest returns a request about the device with this index or, with 0,
// about the one that the attributes name. change says which of the flags to
// set.
func linkRequest(kind uint16, index int32, flags, change uint32) *request {
	body := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(body[4:], uint32(index))
	binary.NativeEndian.PutUint32(body[8:], flags)
	binary.NativeEndian.PutUint32(body[12:], change)
	return &request{kind: kind, body: body}
}

// attribute appends an attribute.
func (r *request) attribute(kind uint16, value []byte) *request {
	r.body = binary.NativeEndian.AppendUint16(r.body, uint16(unix.SizeofRtAttr+len(value)))
	r.body = binary.NativeEndian.AppendUint16(r.body, kind)
	r.body = append(r.body, value...)
	r.body = append(r.body, make([]byte, align(len(value))-len(value))...)
	return r
}

// text appends an attribute that is a string.
func (r *request) text(kind uint16, s string) *request {
	return r.attribute(kind, append([]byte(s), 0))
}

// number appends an attribute that is a number of 32 bits.
func (r *request) number(kind uint16, n uint32) *request {
	return r.attribute(kind, binary.NativeEndian.AppendUint32(nil, n))
}

// encode returns the whole message.
func (r *request) encode(sequence uint32) []byte {
	m := make([]byte, unix.SizeofNlMsghdr, unix.SizeofNlMsghdr+len(r.body))
	binary.NativeEndian.PutUint32(m[0:], uint32(unix.SizeofNlMsghdr+len(r.body)))
	binary.NativeEndian.PutUint16(m[4:], r.kind)
	binary.NativeEndian.PutUint16(m[6:], r.flags|unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(m[8:], sequence)
	return append(m, r.body...)
}

// align rounds a length up to what netlink pads it to.
func align(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }

// message is a netlink message from the kernel.
type message struct {
	kind     uint16
	flags    uint16
	sequence uint32
	body     []byte
}

// nextMessage cuts the first message off a packet.
func nextMessage(packet []byte) (m message, rest []byte, err error) {
	if len(packet) < unix.SizeofNlMsghdr {
		return m, nil, fmt.Errorf("netlink: a message of %d bytes is too short", len(packet))
	}
	size := int(binary.NativeEndian.Uint32(packet))
	if size < unix.SizeofNlMsghdr || size > len(packet) {
		return m, nil, fmt.Errorf("netlink: a message claims to have %d bytes of %d", size, len(packet))
	}
	m = message{
		kind:     binary.NativeEndian.Uint16(packet[4:]),
		flags:    binary.NativeEndian.Uint16(packet[6:]),
		sequence: binary.NativeEndian.Uint32(packet[8:]),
		body:     packet[unix.SizeofNlMsghdr:size],
	}
	return m, packet[min(align(size), len(packet)):], nil
}

// attributes maps the kinds of a message's attributes to their values.
type attributes map[uint16][]byte

// parseAttributes parses what follows the fixed part of a message.
func parseAttributes(data []byte) (attributes, error) {
	list := attributes{}
	for len(data) > 0 {
		if len(data) < unix.SizeofRtAttr {
			return nil, fmt.Errorf("netlink: an attribute of %d bytes is too short", len(data))
		}
		size := int(binary.NativeEndian.Uint16(data))
		if size < unix.SizeofRtAttr || size > len(data) {
			return nil, fmt.Errorf("netlink: an attribute claims to have %d bytes of %d", size, len(data))
		}
		kind := binary.NativeEndian.Uint16(data[2:]) &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
		list[kind] = data[unix.SizeofRtAttr:size]
		data = data[min(align(size), len(data)):]
	}
	return list, nil
}

// text returns an attribute that is a string, "" if it is missing.
func (a attributes) text(kind uint16) string { return unix.ByteSliceToString(a[kind]) }

// number returns an attribute that is a number of 32 bits.
func (a attributes) number(kind uint16) (n uint32, ok bool) {
	if len(a[kind]) < 4 {
		return 0, false
	}
	return binary.NativeEndian.Uint32(a[kind]), true
}
