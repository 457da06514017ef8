package netdevice

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// attributesOf encodes attributes as a request does.
func attributesOf(build func(*request)) []byte {
	r := &request{}
	build(r)
	return r.body
}

func TestAttributes(t *testing.T) {
	body := attributesOf(func(r *request) {
		r.text(unix.IFLA_IFNAME, "eth0").number(unix.IFLA_MTU, 1500).attribute(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, []byte{1})
	})
	if len(body)%4 != 0 {
		t.Errorf("%d bytes, not padded", len(body))
	}
	list, err := parseAttributes(body)
	if err != nil {
		t.Fatal(err)
	}
	want := attributes{unix.IFLA_IFNAME: []byte("eth0\x00"), unix.IFLA_MTU: binary.NativeEndian.AppendUint32(nil, 1500), unix.IFLA_LINKINFO: {1}}
	if d := cmp.Diff(want, list); d != "" {
		t.Error("(-want +got)\n" + d)
	}
	if n, ok := list.number(unix.IFLA_MTU); !ok || n != 1500 || list.text(unix.IFLA_IFNAME) != "eth0" {
		t.Error(n, ok, list.text(unix.IFLA_IFNAME))
	}
	if _, ok := list.number(unix.IFLA_LINKINFO); ok {
		t.Error("one byte is no number")
	}
}

// Lengths that are not true.
func TestMalformed(t *testing.T) {
	for _, body := range [][]byte{{1}, {3, 0, 0, 0}, {9, 0, 0, 0, 1}, {4, 0, 0, 0, 4, 0}} {
		if list, err := parseAttributes(body); err == nil {
			t.Errorf("attributes %v: got %v", body, list)
		}
	}
	whole := (&request{kind: unix.RTM_NEWLINK, body: make([]byte, unix.SizeofIfInfomsg)}).encode(1)
	for cut := range whole {
		if _, _, err := nextMessage(whole[:cut]); err == nil {
			t.Errorf("a message cut to %d bytes is accepted", cut)
		}
	}
	m, rest, err := nextMessage(whole)
	if err != nil || len(rest) > 0 {
		t.Fatal(rest, err)
	}
	m.body = m.body[:15]
	if l, err := parseLink(m); err == nil {
		t.Error("a short device is accepted:", l)
	}
	if _, a, err := parseAddress(message{kind: unix.RTM_NEWADDR, body: make([]byte, 7)}); err == nil {
		t.Error("a short address is accepted:", a)
	}
}

// FuzzAnswer feeds packets to the parser: whatever they say, it must not
// panic.
func FuzzAnswer(f *testing.F) {
	f.Add((&request{kind: unix.NLMSG_ERROR, flags: unix.NLM_F_ACK_TLVS, body: refusalBody(unix.EEXIST, "no")}).encode(1))
	f.Add((&request{kind: unix.RTM_NEWADDR, body: make([]byte, 12)}).encode(1))
	f.Fuzz(func(t *testing.T, packet []byte) {
		var a answer
		_ = a.take(packet, 1, func(m message) error {
			_, _ = parseLink(m)
			if _, address, err := parseAddress(m); err == nil {
				_ = address.String()
			}
			return nil
		})
	})
}

// refusalBody is a refusal as the kernel sends it: errno, the header of the
// request, an explanation.
func refusalBody(errno unix.Errno, explanation string) []byte {
	r := &request{body: errnoBody(errno)}
	r.body = append(r.body, (&request{}).encode(7)...)
	return r.text(unix.NLMSGERR_ATTR_MSG, explanation).body
}

// errnoBody is the beginning of every refusal.
func errnoBody(errno unix.Errno) []byte {
	return binary.NativeEndian.AppendUint32(nil, uint32(-int32(errno)))
}

func TestVerdict(t *testing.T) {
	const flags = unix.NLM_F_ACK_TLVS
	whole := append(errnoBody(unix.EPERM), linkRequest(unix.RTM_SETLINK, 1, 0, 0).encode(7)...)
	whole = append(whole, attributesOf(func(r *request) { r.text(unix.NLMSGERR_ATTR_MSG, "why") })...)
	tests := []struct {
		name string
		m    message
		want error
	}{
		{"acknowledged", message{kind: unix.NLMSG_ERROR, body: make([]byte, 20)}, nil},
		{"end of a list", message{kind: unix.NLMSG_DONE, body: make([]byte, 4)}, nil},
		{"capped", message{kind: unix.NLMSG_ERROR, flags: flags | unix.NLM_F_CAPPED, body: refusalBody(unix.EEXIST, "File exists already")},
			&refusal{unix.EEXIST, "File exists already"}},
		{"whole request", message{kind: unix.NLMSG_ERROR, flags: flags, body: whole}, &refusal{unix.EPERM, "why"}},
		{"no explanation", message{kind: unix.NLMSG_ERROR, body: refusalBody(unix.ENODEV, "x")}, &refusal{unix.ENODEV, ""}},
		{"list failed", message{kind: unix.NLMSG_DONE, body: errnoBody(unix.EBUSY)}, &refusal{unix.EBUSY, ""}},
	}
	for _, test := range tests {
		refused, err := verdict(test.m)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if d := cmp.Diff(test.want, refused, cmp.AllowUnexported(refusal{})); d != "" {
			t.Errorf("%s: (-want +got)\n%s", test.name, d)
		}
	}
	for _, body := range [][]byte{{1, 2}, {1, 0, 0, 0}, {0, 0, 0, 0x80}} {
		if refused, err := verdict(message{kind: unix.NLMSG_ERROR, body: body}); err == nil {
			t.Errorf("%v is taken for %v", body, refused)
		}
	}
	err := error(&refusal{unix.EEXIST, "why"})
	if !errors.Is(err, unix.EEXIST) || err.Error() != "file exists (kernel: why)" {
		t.Error(err)
	}
}
