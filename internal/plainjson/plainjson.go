// Package plainjson writes plain data as JSON: structs, maps with string keys,
// slices, pointers, strings, booleans and numbers, and what is JSON text already.
//
// Its output is that of encoding/json without the escapes for HTML. Unlike
// encoding/json, it does not prepare itself for each type. A command of rt
// writes only a few values, so the preparation would take more time than the
// writing: see docs/architecture.md. The reader is spec.Decode.
package plainjson

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Text is JSON text that is written as it is, and that spec.Decode does not read.
type Text = jsontext.Value

// Append appends the JSON text of value to b.
//
// It panics if a type is not one of those that the package writes.
func Append(b []byte, value any) []byte {
	w := writer{text: b}
	w.value(reflect.ValueOf(value))
	return w.text
}

// AppendIndent is Append with a line for each element. The line begins with
// indent once for each level.
func AppendIndent(b []byte, value any, indent string) []byte {
	w := writer{text: b, indent: indent}
	w.value(reflect.ValueOf(value))
	return w.text
}

type writer struct {
	text   []byte
	indent string
	depth  int
}

func (w *writer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		w.open('{')
		n := w.fields(v, 0)
		w.close('}', n)
	case reflect.Map:
		w.mapping(v)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[Text]() && !v.IsNil() {
			w.text = append(w.text, v.Bytes()...)
			return
		}
		w.list(v)
	case reflect.Pointer:
		if v.IsNil() {
			w.null()
		} else {
			w.value(v.Elem())
		}
	default:
		w.scalar(v)
	}
}

func (w *writer) scalar(v reflect.Value) {
	switch {
	case v.Kind() == reflect.String:
		w.text = appendString(w.text, v.String())
	case v.Kind() == reflect.Bool:
		w.text = strconv.AppendBool(w.text, v.Bool())
	case v.CanInt():
		w.text = strconv.AppendInt(w.text, v.Int(), 10)
	case v.CanUint():
		w.text = strconv.AppendUint(w.text, v.Uint(), 10)
	case v.CanFloat() && v.Kind() == reflect.Float64:
		w.text = appendFloat(w.text, v.Float())
	default:
		panic("plainjson: " + v.Type().String() + " is no plain data")
	}
}

// appendFloat writes very small and very large numbers with an exponent.
func appendFloat(b []byte, f float64) []byte {
	abs := math.Abs(f)
	if !(abs <= math.MaxFloat64) {
		panic("plainjson: " + strconv.FormatFloat(f, 'g', -1, 64) + " is no number in JSON")
	}
	if abs == 0 || 1e-6 <= abs && abs < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	return append(b, strings.Replace(text, "e-0", "e-", 1)...)
}

func (w *writer) null() { w.text = append(w.text, "null"...) }

// fields writes the members of a struct, and those of the structs that it
// embeds, after n other members. It returns the new number of members. Fields
// without a json tag, or with the tag "-", are left out.
func (w *writer) fields(v reflect.Value, n int) int {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			n = w.fields(v.Field(i), n)
			continue
		}
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if option != "" && option != "omitempty" {
			panic("plainjson: " + t.String() + "." + f.Name + ": the option " + option + " of its json tag is not implemented")
		}
		if name == "" || name == "-" || option == "omitempty" && isEmpty(v.Field(i)) {
			continue
		}
		w.name(name, n)
		w.value(v.Field(i))
		n++
	}
	return n
}

// isEmpty reports whether omitempty leaves a value out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		return false
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (w *writer) mapping(v reflect.Value) {
	if v.IsNil() {
		w.null()
		return
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	w.open('{')
	for i, key := range keys {
		w.name(key.String(), i)
		w.value(v.MapIndex(key))
	}
	w.close('}', len(keys))
}

func (w *writer) list(v reflect.Value) {
	if v.IsNil() {
		w.null()
		return
	}
	w.open('[')
	for i := range v.Len() {
		w.next(i)
		w.value(v.Index(i))
	}
	w.close(']', v.Len())
}

func (w *writer) open(bracket byte) {
	w.text = append(w.text, bracket)
	w.depth++
}

// close writes the bracket after n elements.
func (w *writer) close(bracket byte, n int) {
	w.depth--
	if n > 0 {
		w.line()
	}
	w.text = append(w.text, bracket)
}

// next begins the element after n others.
func (w *writer) next(n int) {
	if n > 0 {
		w.text = append(w.text, ',')
	}
	w.line()
}

// name begins the member after n others.
func (w *writer) name(name string, n int) {
	w.next(n)
	w.text = append(appendString(w.text, name), ':')
	if w.indent != "" {
		w.text = append(w.text, ' ')
	}
}

func (w *writer) line() {
	if w.indent == "" {
		return
	}
	w.text = append(w.text, '\n')
	for range w.depth {
		w.text = append(w.text, w.indent...)
	}
}
