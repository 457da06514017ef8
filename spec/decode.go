package spec

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// decode returns the configuration that data holds without the values that
// have a wrong type, and a fault for each of those. If data is not JSON there
// is no configuration. Unknown properties are
// ignored, as the specification demands (config.md, "Extensibility"), and so
// are those of other platforms. Of a property that is given twice the second
// is taken.
//
// This is not done by encoding/json for two reasons. It stops at the first
// value of a wrong type. And it first prepares itself for every type that a
// [specs.Spec] reaches, down to those of Windows, which took a new process 1.7
// ms where this takes 0.3 ms (a Docker default, fastest of 30), of the 4 ms of
// a whole start. A test holds the two against each other.
func decode(data []byte) (*specs.Spec, Faults) {
	s := new(specs.Spec)
	faults, ok := decodeInto(s, "", data)
	if !ok {
		return nil, faults
	}
	return s, faults
}

// decodeInto is decode for any pointer to a struct of the specification. path
// is its place in the configuration. If data is not JSON, it is not ok.
func decodeInto(to any, path string, data []byte) (faults Faults, ok bool) {
	d := decoder{scanner: scanner{text: string(data)}, types: map[reflect.Type][]field{}, path: []byte(path)}
	if err := d.document(reflect.ValueOf(to).Elem()); err != nil {
		return append(d.faults, d.syntaxFault(err)), false
	}
	return d.faults, true
}

// Decode reads the JSON text of other plain data into the struct that to points
// to, as a configuration is read. path is what the error, which is [Faults],
// calls it. A field without a json tag is left alone.
func Decode(to any, path string, text []byte) error {
	faults, _ := decodeInto(to, path, text)
	return faults.Err()
}

// maxDepth is how deep values may be nested, as in encoding/json.
const maxDepth = 10000

// decoder reads JSON into Go values, by their types. Its methods return an
// syntaxError for text that is not JSON, which ends the reading. For a value of a
// wrong type they add a fault, pass over it and go on.
type decoder struct {
	scanner
	faults Faults
	path   []byte // JSON path of the value that is being read
	depth  int
	types  map[reflect.Type][]field
}

// field is a property of an object that is read into a struct.
type field struct {
	name  string
	index []int // see reflect.Value.FieldByIndex
}

// nowhere is where a value goes that nobody wants.
var nowhere reflect.Value

func (d *decoder) document(v reflect.Value) *syntaxError {
	if err := d.value(v); err != nil {
		return err
	}
	d.space()
	if d.pos < len(d.text) {
		return d.unexpected("the end of the file")
	}
	return nil
}

// value reads the next value into v, if it is of a type that v can hold.
func (d *decoder) value(v reflect.Value) *syntaxError {
	d.space()
	kind, err := d.next()
	if err != nil {
		return err
	}
	if kind == jsonNull {
		setNull(v)
		return d.literal("null")
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if v.IsValid() && wanted(v.Kind()) != kind {
		d.fault("is "+kind.String(), d.want(v))
		v = nowhere
	}
	switch kind {
	case jsonObject:
		return d.nested(v, d.object)
	case jsonArray:
		return d.nested(v, d.array)
	case jsonString:
		return d.stringInto(v)
	case jsonNumber:
		return d.numberInto(v)
	}
	return d.boolInto(v)
}

// nested reads an object or an array, no deeper than maxDepth.
func (d *decoder) nested(v reflect.Value, read func(reflect.Value) *syntaxError) *syntaxError {
	if d.depth == maxDepth {
		return &syntaxError{problem: fmt.Sprintf("values are nested more than %d deep", maxDepth)}
	}
	d.depth++
	err := read(v)
	d.depth--
	return err
}

func (d *decoder) object(v reflect.Value) *syntaxError {
	start := len(d.path)
	if v.Kind() == reflect.Map && v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	err := d.list('}', func(int) *syntaxError {
		key, err := d.key()
		if err != nil {
			return err
		}
		switch v.Kind() {
		case reflect.Map:
			d.path = append(d.path[:start], member("", key)...)
			return d.mapValue(v, key)
		case reflect.Struct:
			d.path = appendName(d.path[:start], key)
			return d.value(d.field(v, key))
		}
		return d.value(nowhere)
	})
	if err == nil {
		d.path = d.path[:start]
	}
	return err
}

// appendName appends the name of a property to a path. Names that are not
// words, which only unknown properties have, are quoted.
func appendName(path []byte, name string) []byte {
	if name == "" || strings.ContainsFunc(name, notInWord) {
		return append(path, member("", name)...)
	}
	if len(path) > 0 {
		path = append(path, '.')
	}
	return append(path, name...)
}

func notInWord(c rune) bool {
	return c != '_' && (c < '0' || '9' < c) && (c < 'A' || 'Z' < c) && (c < 'a' || 'z' < c)
}

func (d *decoder) mapValue(m reflect.Value, key string) *syntaxError {
	elem := reflect.New(m.Type().Elem()).Elem()
	if err := d.value(elem); err != nil {
		return err
	}
	m.SetMapIndex(reflect.ValueOf(key), elem)
	return nil
}

func (d *decoder) array(v reflect.Value) *syntaxError {
	start := len(d.path)
	if v.IsValid() {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	err := d.list(']', func(i int) *syntaxError {
		elem := nowhere
		if v.IsValid() {
			d.path = append(strconv.AppendInt(append(d.path[:start], '['), int64(i), 10), ']')
			v.Grow(1)
			v.SetLen(i + 1)
			elem = v.Index(i)
		}
		return d.value(elem)
	})
	if err == nil {
		d.path = d.path[:start]
	}
	return err
}

// field returns the field of struct v that the property called name is read
// into, or nowhere.
func (d *decoder) field(v reflect.Value, name string) reflect.Value {
	t := v.Type()
	fields, ok := d.types[t]
	if !ok {
		fields = fieldsOf(t, nil)
		d.types[t] = fields
	}
	for i := range fields {
		if fields[i].name == name {
			return v.FieldByIndex(fields[i].index)
		}
	}
	return nowhere
}

func (d *decoder) fault(problem, want string) {
	d.faults.add(d.where(), want, problem)
}

func (d *decoder) syntaxFault(err *syntaxError) Fault {
	line, column := d.position()
	problem := fmt.Sprintf("line %d, column %d: %s", line, column, err.problem)
	return Fault{Path: d.where(), Problem: problem, Want: err.want}
}

// where returns the path of the value that is being read. That of the whole
// document, which has none, is the name of the file.
func (d *decoder) where() string {
	if len(d.path) == 0 {
		return ConfigFile
	}
	return string(d.path)
}
