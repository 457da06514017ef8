// Package mutate changes a value in every way that is likely to surprise: for tests
// that whatever a caller may hand over is an error and never a panic.
package mutate

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// Each changes one thing at a time in what v points to, calls f, and changes it back.
// It goes through all fields, elements and pointers, and through what nil pointers
// could point to. f is told what is changed: "Linux.Resources.Memory = nil".
func Each(v any, f func(what string)) {
	(&mutator{f: f}).walk(reflect.ValueOf(v).Elem(), "")
}

type mutator struct{ f func(string) }

// try sets v to each of the values, one after the other.
func (m *mutator) try(v reflect.Value, path string, values ...reflect.Value) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	for _, w := range values {
		v.Set(w)
		m.f(fmt.Sprintf("%s = %.40q", path, fmt.Sprint(w)))
	}
	v.Set(old)
}

func (m *mutator) walk(v reflect.Value, path string) {
	t := v.Type()
	switch v.Kind() {
	case reflect.Pointer:
		m.pointer(v, path)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				m.walk(v.Field(i), strings.TrimPrefix(path+"."+t.Field(i).Name, "."))
			}
		}
	case reflect.Slice:
		m.slice(v, path)
	case reflect.Map:
		m.keys(v, path)
	case reflect.String:
		for _, s := range []string{"", "x", "/", "../..", "-1", "a\x00b", "\xff", "a:b", strings.Repeat("y", 5000)} {
			m.try(v, path, reflect.ValueOf(s).Convert(t))
		}
	case reflect.Bool:
		m.try(v, path, reflect.ValueOf(!v.Bool()).Convert(t))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		least, most := int64(math.MinInt64)>>(64-t.Bits()), int64(math.MaxInt64)>>(64-t.Bits())
		for _, n := range []int64{0, 1, -1, least, most} {
			m.try(v, path, reflect.ValueOf(n).Convert(t))
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		for _, n := range []uint64{0, 1, math.MaxUint64 >> (64 - t.Bits())} {
			m.try(v, path, reflect.ValueOf(n).Convert(t))
		}
	}
}

// pointer tries nil and a zero value, and goes on with what it points to.
func (m *mutator) pointer(v reflect.Value, path string) {
	old := v.Elem()
	m.try(v, path, reflect.Zero(v.Type()), reflect.New(v.Type().Elem()))
	if !old.IsValid() {
		v.Set(reflect.New(v.Type().Elem()))
		defer v.SetZero()
	}
	m.walk(v.Elem(), path)
}

// slice tries none, an empty one and one more element, and goes on with the first and
// the last element.
func (m *mutator) slice(v reflect.Value, path string) {
	more := reflect.Append(v.Slice3(0, v.Len(), v.Len()), reflect.Zero(v.Type().Elem()))
	m.try(v, path, reflect.Zero(v.Type()), reflect.MakeSlice(v.Type(), 0, 0), more)
	if v.Len() == 0 {
		v.Set(more)
		defer v.SetZero()
	}
	for i := range v.Len() {
		if i == 0 || i == v.Len()-1 {
			m.walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

// keys tries none and such as nobody expects.
func (m *mutator) keys(v reflect.Value, path string) {
	m.try(v, path, reflect.Zero(v.Type()), reflect.MakeMap(v.Type()))
	if v.Type().Key().Kind() != reflect.String {
		return
	}
	for _, key := range []string{"", "x", "../..", "a\x00b", "a.b"} {
		with := reflect.MakeMap(v.Type())
		with.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), reflect.Zero(v.Type().Elem()))
		m.try(v, path, with)
	}
}
