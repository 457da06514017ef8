package netdevice

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// address is an address of a device, as the kernel has it.
type address struct {
	family, prefix, scope uint8
	flags                 uint32
	attributes            attributes
}

// addresses returns the addresses that move with a device, of all families: the
// permanent ones of global scope. Others have no meaning in another namespace,
// or the kernel and its helpers make them anew there.
func (c *conn) addresses(index int32) ([]address, error) {
	var kept []address
	r := &request{kind: unix.RTM_GETADDR, body: make([]byte, unix.SizeofIfAddrmsg)}
	err := c.list(r, func() { kept = nil }, func(m message) error {
		of, a, err := parseAddress(m)
		if err == nil && of == index && a.goesAlong() {
			kept = append(kept, a)
		}
		return err
	})
	return kept, err
}

// parseAddress returns an address and the index of its device.
func parseAddress(m message) (int32, address, error) {
	if m.kind != unix.RTM_NEWADDR || len(m.body) < unix.SizeofIfAddrmsg {
		return 0, address{}, fmt.Errorf("netlink: message %d of %d bytes is not an address", m.kind, len(m.body))
	}
	list, err := parseAttributes(m.body[unix.SizeofIfAddrmsg:])
	if err != nil {
		return 0, address{}, err
	}
	a := address{family: m.body[0], prefix: m.body[1], flags: uint32(m.body[2]), scope: m.body[3], attributes: list}
	if flags, ok := list.number(unix.IFA_FLAGS); ok {
		a.flags = flags // the header has only the lowest eight
	}
	return int32(binary.NativeEndian.Uint32(m.body[4:])), a, nil
}

func (a *address) goesAlong() bool {
	return a.flags&unix.IFA_F_PERMANENT != 0 && a.scope == unix.RT_SCOPE_UNIVERSE
}

// The flags of an address that its owner chooses. The kernel sets the others.
const chosenFlags = unix.IFA_F_NODAD | unix.IFA_F_HOMEADDRESS | unix.IFA_F_MANAGETEMPADDR |
	unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_MCAUTOJOIN

// ifaProto is IFA_PROTO, which says who added an address (Linux 5.18). Package
// unix does not have it.
const ifaProto = 11

// addressAttributes are the attributes that stay as they are when an address is
// added again.
var addressAttributes = [...]uint16{
	unix.IFA_LOCAL, unix.IFA_ADDRESS, unix.IFA_BROADCAST, unix.IFA_CACHEINFO, unix.IFA_RT_PRIORITY, ifaProto,
}

// addAddress adds an address to a device. renamed returns its new label.
func (c *conn) addAddress(index int32, a *address, renamed func(label string) string) error {
	header := []byte{a.family, a.prefix, byte(a.flags & chosenFlags), a.scope}
	r := &request{
		kind:  unix.RTM_NEWADDR,
		flags: unix.NLM_F_CREATE | unix.NLM_F_EXCL,
		body:  binary.NativeEndian.AppendUint32(header, uint32(index)),
	}
	for _, kind := range addressAttributes {
		if value, ok := a.attributes[kind]; ok {
			r.attribute(kind, value)
		}
	}
	if label := renamed(a.attributes.text(unix.IFA_LABEL)); label != "" {
		r.text(unix.IFA_LABEL, label)
	}
	return c.do(r.number(unix.IFA_FLAGS, a.flags&chosenFlags))
}

// relabel returns how labels change when a device gets a new name: they begin
// with it (IPv4 aliases, "eth0:1"). A label that would be too long is left out:
// the kernel takes the device's name instead.
func relabel(from, to string) func(string) string {
	return func(label string) string {
		alias, ok := strings.CutPrefix(label, from)
		switch {
		case !ok || alias != "" && alias[0] != ':':
			return label
		case len(to+alias) >= unix.IFNAMSIZ:
			return ""
		}
		return to + alias
	}
}

// String returns the address as people write it.
func (a *address) String() string {
	value := a.attributes[unix.IFA_LOCAL]
	if value == nil {
		value = a.attributes[unix.IFA_ADDRESS]
	}
	ip, ok := netip.AddrFromSlice(value)
	if !ok {
		return fmt.Sprintf("address %x of family %d", value, a.family)
	}
	return fmt.Sprintf("%s/%d", ip, a.prefix)
}
