package dbus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errShort says that a message ends within a value.
var errShort = errors.New("a value is cut off")

// decoder reads values from a message or from its body, which begins at a
// multiple of every alignment.
type decoder struct {
	data  []byte
	pos   int
	order binary.ByteOrder
}

// take returns the next n bytes behind padding to a multiple of align.
func (d *decoder) take(n, align int) ([]byte, error) {
	start := (d.pos + align - 1) / align * align
	if n < 0 || start > len(d.data) || n > len(d.data)-start {
		return nil, errShort
	}
	for _, b := range d.data[d.pos:start] {
		if b != 0 {
			return nil, errors.New("padding is not zero")
		}
	}
	d.pos = start + n
	return d.data[start:d.pos], nil
}

func (d *decoder) uint16() (uint16, error) {
	b, err := d.take(2, 2)
	if err != nil {
		return 0, err
	}
	return d.order.Uint16(b), nil
}

func (d *decoder) uint32() (uint32, error) {
	b, err := d.take(4, 4)
	if err != nil {
		return 0, err
	}
	return d.order.Uint32(b), nil
}

func (d *decoder) uint64() (uint64, error) {
	b, err := d.take(8, 8)
	if err != nil {
		return 0, err
	}
	return d.order.Uint64(b), nil
}

// text returns n bytes and the NUL behind them.
func (d *decoder) text(n uint32) (string, error) {
	if n > maxMessage {
		return "", errShort
	}
	b, err := d.take(int(n)+1, 1)
	if err != nil {
		return "", err
	}
	if b[n] != 0 {
		return "", errors.New("a string has no end")
	}
	return string(b[:n]), nil
}

func (d *decoder) string() (string, error) {
	n, err := d.uint32()
	if err != nil {
		return "", err
	}
	return d.text(n)
}

func (d *decoder) signature() (Signature, error) {
	b, err := d.take(1, 1)
	if err != nil {
		return "", err
	}
	s, err := d.text(uint32(b[0]))
	return Signature(s), err
}

// values returns the values of all types of a signature.
func (d *decoder) values(sig Signature, depth int) ([]any, error) {
	var list []any
	for sig != "" {
		one, rest, err := sig.First()
		if err != nil {
			return nil, err
		}
		v, err := d.value(one, depth)
		if err != nil {
			return nil, err
		}
		list, sig = append(list, v), rest
	}
	return list, nil
}

// value returns a value of one complete type.
func (d *decoder) value(sig Signature, depth int) (any, error) {
	if depth == 0 {
		return nil, errors.New("values lie too deep in each other")
	}
	switch sig[0] {
	case 'v':
		return d.variant(depth - 1)
	case 'a':
		return d.array(sig[1:], depth-1)
	case '(':
		if _, err := d.take(0, 8); err != nil {
			return nil, err
		}
		fields, err := d.values(sig[1:len(sig)-1], depth-1)
		return Struct(fields), err
	case 's', 'o', 'g':
		return d.textual(sig[0])
	}
	return d.number(sig[0])
}

func (d *decoder) textual(code byte) (any, error) {
	if code == 'g' {
		return d.signature()
	}
	s, err := d.string()
	if code == 'o' {
		return ObjectPath(s), err
	}
	return s, err
}

func (d *decoder) number(code byte) (any, error) {
	switch code {
	case 'y':
		b, err := d.take(1, 1)
		if err != nil {
			return nil, err
		}
		return b[0], nil
	case 'n', 'q':
		n, err := d.uint16()
		if code == 'n' {
			return int16(n), err
		}
		return n, err
	case 'x', 't', 'd':
		return d.number64(code)
	}
	n, err := d.uint32()
	switch {
	case err != nil:
		return nil, err
	case code == 'i':
		return int32(n), nil
	case code == 'b' && n > 1:
		return nil, fmt.Errorf("%d is no boolean", n)
	case code == 'b':
		return n == 1, nil
	}
	return n, nil // u, and h, which counts descriptors that nobody asked for
}

func (d *decoder) number64(code byte) (any, error) {
	n, err := d.uint64()
	switch code {
	case 'x':
		return int64(n), err
	case 'd':
		return math.Float64frombits(n), err
	}
	return n, err
}

func (d *decoder) variant(depth int) (any, error) {
	sig, err := d.signature()
	if err != nil {
		return nil, err
	}
	one, rest, err := sig.First()
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, fmt.Errorf("a variant of more than one type: %q", sig)
	}
	v, err := d.value(one, depth)
	return Variant{v}, err
}

func (d *decoder) array(elem Signature, depth int) (any, error) {
	n, err := d.uint32()
	if err != nil {
		return nil, err
	}
	if _, err := d.take(0, elem.alignment()); err != nil {
		return nil, err
	}
	if n > maxMessage || int(n) > len(d.data)-d.pos {
		return nil, errShort
	}
	end := d.pos + int(n)
	if elem == "y" {
		return d.take(int(n), 1)
	}
	a := Array{Elem: elem}
	for d.pos < end {
		v, err := d.value(elem, depth)
		if err != nil {
			return nil, err
		}
		a.Items = append(a.Items, v)
	}
	if d.pos != end {
		return nil, errors.New("an array is longer than it says")
	}
	return a, nil
}
