package dbus

import (
	"fmt"
	"strings"
)

// The values of D-Bus are these Go types:
//
//	y byte    n int16   q uint16   b bool     s string
//	d float64 i int32   u uint32   o ObjectPath
//	          x int64   t uint64   g Signature
//	v Variant   a Array, ay []byte   ( ) Struct
type (
	// ObjectPath names an object of a service.
	ObjectPath string
	// Signature is the type of a value, or of several.
	Signature string
	// Struct is some values in one.
	Struct []any
	// Variant is a value that tells its type.
	Variant struct{ Value any }
	// Array is any number of values of one type, which Elem names.
	Array struct {
		Elem  Signature
		Items []any
	}
)

// maxDepth is how deep values may lie in each other. The specification allows
// twice that.
const maxDepth = 32

// signatureOf returns the type of a value.
func signatureOf(v any) (Signature, error) {
	switch v := v.(type) {
	case Variant:
		return "v", nil
	case Array:
		return "a" + v.Elem, nil
	case []byte:
		return "ay", nil
	case Struct:
		all, err := signatureOfAll(v)
		if err == nil && len(v) == 0 {
			err = fmt.Errorf("an empty struct has no type")
		}
		return "(" + all + ")", err
	}
	if code := basicCode(v); code != 0 {
		return Signature(code), nil
	}
	return "", fmt.Errorf("%T is no type of D-Bus", v)
}

// basicCode returns the code of a type that holds no others, or 0.
func basicCode(v any) rune {
	switch v.(type) {
	case byte:
		return 'y'
	case bool:
		return 'b'
	case int16:
		return 'n'
	case uint16:
		return 'q'
	case int32:
		return 'i'
	case uint32:
		return 'u'
	case int64:
		return 'x'
	case uint64:
		return 't'
	case float64:
		return 'd'
	case string:
		return 's'
	case ObjectPath:
		return 'o'
	case Signature:
		return 'g'
	}
	return 0
}

func signatureOfAll(values []any) (Signature, error) {
	var all Signature
	for _, v := range values {
		sig, err := signatureOf(v)
		if err != nil {
			return "", err
		}
		all += sig
	}
	return all, nil
}

// First splits a signature behind its first complete type.
func (s Signature) First() (one, rest Signature, err error) {
	n, err := s.length(maxDepth)
	if err != nil {
		return "", "", err
	}
	return s[:n], s[n:], nil
}

// length returns how long the first complete type of a signature is.
func (s Signature) length(depth int) (int, error) {
	switch {
	case s == "":
		return 0, fmt.Errorf("a type is missing")
	case depth == 0:
		return 0, fmt.Errorf("types lie too deep in each other")
	case strings.IndexByte("ybnqiuxtdsogvh", s[0]) >= 0:
		return 1, nil
	case s[0] == 'a':
		n, err := s[1:].length(depth - 1)
		return n + 1, err
	case s[0] != '(':
		return 0, fmt.Errorf("no type %q is known", s[0])
	}
	i := 1
	for i < len(s) && s[i] != ')' {
		n, err := s[i:].length(depth - 1)
		if err != nil {
			return 0, err
		}
		i += n
	}
	if i == 1 || i == len(s) {
		return 0, fmt.Errorf("a struct is empty or has no end")
	}
	return i + 1, nil
}

// alignment returns the number of bytes that values of a type begin at a
// multiple of.
func (s Signature) alignment() int {
	switch s[0] {
	case 'y', 'g', 'v':
		return 1
	case 'n', 'q':
		return 2
	case 'x', 't', 'd', '(':
		return 8
	}
	return 4
}
