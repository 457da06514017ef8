package dbus

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// encoder appends values to a message, in little-endian order.
type encoder struct {
	buf []byte
	err error // the first one
}

func (e *encoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) align(n int) {
	for len(e.buf)%n != 0 {
		e.buf = append(e.buf, 0)
	}
}

func (e *encoder) uint16(n uint16) {
	e.align(2)
	e.buf = binary.LittleEndian.AppendUint16(e.buf, n)
}

func (e *encoder) uint32(n uint32) {
	e.align(4)
	e.buf = binary.LittleEndian.AppendUint32(e.buf, n)
}

func (e *encoder) uint64(n uint64) {
	e.align(8)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, n)
}

func (e *encoder) string(s string) {
	if strings.IndexByte(s, 0) >= 0 {
		e.fail(fmt.Errorf("%q has a NUL byte", s))
	}
	e.uint32(uint32(len(s)))
	e.buf = append(append(e.buf, s...), 0)
}

func (e *encoder) signature(s Signature) {
	if len(s) > math.MaxUint8 {
		e.fail(fmt.Errorf("a type of %d bytes is too long", len(s)))
	}
	e.buf = append(e.buf, byte(len(s)))
	e.buf = append(append(e.buf, s...), 0)
}

func (e *encoder) value(v any) {
	switch v := v.(type) {
	case Variant:
		sig, err := signatureOf(v.Value)
		if err != nil {
			e.fail(err)
			return
		}
		e.signature(sig)
		e.value(v.Value)
	case Array:
		e.array(v)
	case []byte:
		e.uint32(uint32(len(v)))
		e.buf = append(e.buf, v...)
	case Struct:
		e.align(8)
		for _, field := range v {
			e.value(field)
		}
	default:
		e.basic(v)
	}
}

func (e *encoder) basic(v any) {
	switch v := v.(type) {
	case byte:
		e.buf = append(e.buf, v)
	case bool:
		if v {
			e.uint32(1)
		} else {
			e.uint32(0)
		}
	case int16:
		e.uint16(uint16(v))
	case uint16:
		e.uint16(v)
	case int32:
		e.uint32(uint32(v))
	case uint32:
		e.uint32(v)
	case int64:
		e.uint64(uint64(v))
	case uint64:
		e.uint64(v)
	case float64:
		e.uint64(math.Float64bits(v))
	case string:
		e.string(v)
	case ObjectPath:
		e.string(string(v))
	case Signature:
		e.signature(v)
	default:
		e.fail(fmt.Errorf("%T is no type of D-Bus", v))
	}
}

// array appends the length of the items, without the padding in front of the
// first, and the items.
func (e *encoder) array(a Array) {
	if _, rest, err := a.Elem.First(); err != nil || rest != "" {
		e.fail(fmt.Errorf("%q is not the type of one value", a.Elem))
		return
	}
	e.uint32(0)
	length := len(e.buf) - 4
	e.align(a.Elem.alignment())
	start := len(e.buf)
	for _, item := range a.Items {
		if sig, err := signatureOf(item); err != nil || sig != a.Elem {
			e.fail(fmt.Errorf("%T in an array of type %q", item, a.Elem))
			return
		}
		e.value(item)
	}
	binary.LittleEndian.PutUint32(e.buf[length:], uint32(len(e.buf)-start))
}
