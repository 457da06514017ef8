package dbus

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxMessage is the size of the largest message that is taken. systemd's
// answers have some hundred bytes.
const maxMessage = 1 << 20

// fixedHeader is the size of what every message begins with, up to and
// including the length of the array of fields.
const fixedHeader = 16

// kind is the type of a message.
type kind byte

const (
	methodCall kind = 1 + iota
	methodReturn
	errorReply
	signal
)

// The codes of header fields.
const (
	fieldPath byte = 1 + iota
	fieldInterface
	fieldMember
	fieldErrorName
	fieldReplySerial
	fieldDestination
	fieldSender
	fieldSignature
)

// message is what goes over a connection.
type message struct {
	kind        kind
	serial      uint32
	path        ObjectPath
	iface       string
	member      string
	errorName   string
	replySerial uint32
	destination string
	body        []any // of a call
	// received is the body of a message that came, of type sig.
	received decoder
	sig      Signature
}

// encode returns the bytes of a method call.
func (m *message) encode() ([]byte, error) {
	body := encoder{}
	sig, err := signatureOfAll(m.body)
	if err != nil {
		return nil, err
	}
	for _, v := range m.body {
		body.value(v)
	}
	e := encoder{buf: []byte{'l', byte(m.kind), 0, 1}}
	e.uint32(uint32(len(body.buf)))
	e.uint32(m.serial)
	e.array(m.fields(sig))
	e.align(8)
	e.buf = append(e.buf, body.buf...)
	if err := errors.Join(body.err, e.err); err != nil {
		return nil, err
	}
	if len(e.buf) > maxMessage {
		return nil, fmt.Errorf("a message of %d bytes is too long", len(e.buf))
	}
	return e.buf, nil
}

func (m *message) fields(sig Signature) Array {
	fields := Array{Elem: "(yv)"}
	add := func(code byte, v any) { fields.Items = append(fields.Items, Struct{code, Variant{v}}) }
	add(fieldPath, m.path)
	add(fieldInterface, m.iface)
	add(fieldMember, m.member)
	if m.destination != "" {
		add(fieldDestination, m.destination)
	}
	if sig != "" {
		add(fieldSignature, sig)
	}
	return fields
}

// measure returns the size of the message that begins with this header.
func measure(header []byte) (int, error) {
	order, err := orderOf(header[0])
	if err != nil {
		return 0, err
	}
	body, fields := order.Uint32(header[4:]), order.Uint32(header[12:])
	if body > maxMessage || fields > maxMessage {
		return 0, fmt.Errorf("a message of %d bytes is too long", uint64(body)+uint64(fields))
	}
	size := fixedHeader + (int(fields)+7)/8*8 + int(body)
	if size > maxMessage {
		return 0, fmt.Errorf("a message of %d bytes is too long", size)
	}
	return size, nil
}

func orderOf(mark byte) (binary.ByteOrder, error) {
	switch mark {
	case 'l':
		return binary.LittleEndian, nil
	case 'B':
		return binary.BigEndian, nil
	}
	return nil, fmt.Errorf("no message begins with %#x", mark)
}

// decode returns the message of these bytes, as many as measure says. Its body
// is left for values, because others talk too, in types that nobody here knows.
func decode(data []byte) (*message, error) {
	order, err := orderOf(data[0])
	if err != nil {
		return nil, err
	}
	if data[3] != 1 {
		return nil, fmt.Errorf("protocol version %d", data[3])
	}
	m := &message{kind: kind(data[1]), serial: order.Uint32(data[8:])}
	d := &decoder{data: data, pos: fixedHeader - 4, order: order}
	fields, err := d.value("a(yv)", maxDepth)
	if err != nil {
		return nil, err
	}
	for _, f := range fields.(Array).Items {
		field := f.(Struct)
		if err := m.take(field[0].(byte), field[1].(Variant).Value); err != nil {
			return nil, err
		}
	}
	if _, err := d.take(0, 8); err != nil {
		return nil, err
	}
	m.received = decoder{data: data[d.pos:], order: order}
	return m, nil
}

// values returns the body of a message that came.
func (m *message) values() ([]any, error) {
	d := m.received
	list, err := d.values(m.sig, maxDepth)
	if err == nil && d.pos != len(d.data) {
		err = errors.New("a message is longer than its values")
	}
	return list, err
}

// take takes over a header field. Others than these mean nothing here.
func (m *message) take(code byte, v any) error {
	ok := true
	switch code {
	case fieldPath:
		m.path, ok = v.(ObjectPath)
	case fieldInterface:
		m.iface, ok = v.(string)
	case fieldMember:
		m.member, ok = v.(string)
	case fieldErrorName:
		m.errorName, ok = v.(string)
	case fieldReplySerial:
		m.replySerial, ok = v.(uint32)
	case fieldSignature:
		m.sig, ok = v.(Signature)
	}
	if !ok {
		return fmt.Errorf("header field %d is a %T", code, v)
	}
	return nil
}
