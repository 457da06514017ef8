package dbus

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	godbus "github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
)

// values are those of every type, as they are here and in the other library.
func values() (ours, theirs []any) {
	ours = []any{
		byte(7), true, false, int16(-2), uint16(3), int32(-4), uint32(5), int64(-6), uint64(math.MaxUint64), 1.5,
		"text", "", ObjectPath("/a/b"), Signature("a(sv)"), []byte{1, 2, 3}, []byte{},
		Variant{uint64(9)}, Variant{Variant{"deep"}},
		Struct{byte(1), uint64(2), "x"},
		Array{Elem: "s", Items: []any{"a", "bc"}},
		Array{Elem: "t"},
		byte(1),
		Array{Elem: "(sv)", Items: []any{Struct{"k", Variant{true}}, Struct{"l", Variant{[]byte{9}}}}},
	}
	type pair struct {
		K string
		V godbus.Variant
	}
	theirs = []any{
		byte(7), true, false, int16(-2), uint16(3), int32(-4), uint32(5), int64(-6), uint64(math.MaxUint64), 1.5,
		"text", "", godbus.ObjectPath("/a/b"), godbus.ParseSignatureMust("a(sv)"), []byte{1, 2, 3}, []byte{},
		godbus.MakeVariant(uint64(9)), godbus.MakeVariant(godbus.MakeVariant("deep")),
		struct {
			A byte
			B uint64
			C string
		}{1, 2, "x"},
		[]string{"a", "bc"},
		[]uint64{},
		byte(1),
		[]pair{{"k", godbus.MakeVariant(true)}, {"l", godbus.MakeVariant([]byte{9})}},
	}
	return ours, theirs
}

// theirMessage is a message with the values of the other library.
func theirMessage(t testing.TB, order binary.ByteOrder) []byte {
	t.Helper()
	_, body := values()
	m := &godbus.Message{Type: godbus.TypeSignal, Body: body, Headers: map[godbus.HeaderField]godbus.Variant{
		godbus.FieldPath:      godbus.MakeVariant(godbus.ObjectPath("/a")),
		godbus.FieldInterface: godbus.MakeVariant("a.b"),
		godbus.FieldMember:    godbus.MakeVariant("C"),
		godbus.FieldSignature: godbus.MakeVariant(godbus.SignatureOf(body...)),
		godbus.FieldSender:    godbus.MakeVariant(":1.5"),
	}}
	var buf bytes.Buffer
	if err := m.EncodeTo(&buf, order); err != nil {
		t.Fatal(err)
	}
	data := buf.Bytes()
	order.PutUint32(data[8:], 77) // the library leaves the serial to its connections
	return data
}

func TestDecode(t *testing.T) {
	want, _ := values()
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := theirMessage(t, order)
		if size, err := measure(data[:fixedHeader]); size != len(data) || err != nil {
			t.Errorf("%v: measure = %d, %v, want %d", order, size, err, len(data))
		}
		m, err := decode(data)
		if err != nil {
			t.Fatal(order, err)
		}
		if m.kind != signal || m.serial != 77 || m.path != "/a" || m.iface != "a.b" || m.member != "C" {
			t.Errorf("%v: header is %+v", order, m)
		}
		got, err := m.values()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v: values (-want +got): %v\n%s", order, err, diff)
		}
	}
}

func TestEncode(t *testing.T) {
	body, want := values()
	m := &message{kind: methodCall, serial: 5, path: "/a/b", iface: "x.y", member: "Do", destination: "org.x", body: body}
	data, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := godbus.DecodeMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := got.IsValid(); err != nil {
		t.Error(err)
	}
	header := func(f godbus.HeaderField) any { return got.Headers[f].Value() }
	if header(godbus.FieldPath) != godbus.ObjectPath("/a/b") || header(godbus.FieldInterface) != "x.y" ||
		header(godbus.FieldMember) != "Do" || header(godbus.FieldDestination) != "org.x" || got.Serial() != 5 {
		t.Errorf("header is %v", got.Headers)
	}
	if got, want := header(godbus.FieldSignature), godbus.SignatureOf(want...); got != want {
		t.Errorf("types are %v, want %v", got, want)
	}
	if n := len(got.Body); n != len(want) {
		t.Fatalf("%d values, want %d", n, len(want))
	}
	for i, v := range got.Body[:18] { // the others become structs without names there
		if diff := cmp.Diff(want[i], v, cmp.AllowUnexported(godbus.Signature{}, godbus.Variant{})); diff != "" {
			t.Errorf("value %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestRoundTrip also compares what TestEncode cannot.
func TestRoundTrip(t *testing.T) {
	want, _ := values()
	data, err := (&message{kind: methodCall, serial: 1, path: "/", iface: "a.b", member: "C", body: want}).encode()
	if err != nil {
		t.Fatal(err)
	}
	m, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.values()
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("values (-want +got): %v\n%s", err, diff)
	}
}

func TestEncodeFaults(t *testing.T) {
	for name, v := range map[string]any{
		"NUL":           "a\x00b",
		"type":          map[string]string{},
		"no type":       nil,
		"empty struct":  Struct{},
		"mixed array":   Array{Elem: "s", Items: []any{1}},
		"array of two":  Array{Elem: "ss"},
		"array of none": Array{},
		"too long":      strings.Repeat("x", maxMessage),
		"long type":     Signature(strings.Repeat("y", 256)),
	} {
		m := &message{kind: methodCall, serial: 1, path: "/", iface: "a.b", member: "C", body: []any{v}}
		if _, err := m.encode(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSignatureFaults(t *testing.T) {
	for _, sig := range []Signature{"a", "(", "()", "(s", "z", "e", "a{sv}", Signature(strings.Repeat("a", 40) + "y")} {
		if one, _, err := sig.First(); err == nil {
			t.Errorf("first of %q = %q", sig, one)
		}
	}
}

func TestMeasureFaults(t *testing.T) {
	good := theirMessage(t, binary.LittleEndian)[:fixedHeader]
	for at, b := range map[int]byte{0: 'x', 7: 0xff, 15: 0xff} {
		header := bytes.Clone(good)
		header[at] = b
		if size, err := measure(header); err == nil {
			t.Errorf("byte %d is %#x: measure = %d", at, b, size)
		}
	}
}

// FuzzDecode feeds the decoder what a peer may send: no panic, no value that
// is larger than the message, and what it takes it also writes again.
func FuzzDecode(f *testing.F) {
	f.Add(theirMessage(f, binary.LittleEndian))
	f.Add(theirMessage(f, binary.BigEndian))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < fixedHeader {
			return
		}
		size, err := measure(data[:fixedHeader])
		if err != nil || size > len(data) {
			return
		}
		m, err := decode(data[:size])
		if err != nil {
			return
		}
		body, err := m.values()
		if err != nil {
			return
		}
		e := encoder{}
		for _, v := range body {
			e.value(v)
		}
		if len(e.buf) > size {
			t.Errorf("%d bytes of a message of %d", len(e.buf), size)
		}
	})
}
