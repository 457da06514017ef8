package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// decode returns the configuration in data, without the values that have a wrong
// type, and a fault for each of those. If data is not JSON there is no
// configuration. Unknown properties are ignored, as the specification demands
// (config.md, "Extensibility"), and so are those of other platforms. If a property
// is given twice, the second is taken.
//
// The tokens come from package jsontext. Package encoding/json is not used, for two
// reasons. It stops at the first value of a wrong type. And it first prepares
// itself for every type that a [specs.Spec] reaches, down to those of Windows. That
// took a new process 1.7 ms where this takes 0.3 ms (a Docker default, fastest of
// 30), of the 4 ms of a whole start. A test compares the two.
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
	d := decoder{
		tokens: jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true)),
		text:   data, types: map[reflect.Type][]field{}, path: []byte(path),
	}
	if err := d.document(reflect.ValueOf(to).Elem()); err != nil {
		return append(d.faults, d.syntaxFault(err)), false
	}
	return d.faults, true
}

// Decode reads the JSON text of other plain data into the struct that to points to,
// like a configuration. path is the name of the text in the error, which is
// [Faults]. A field without a json tag is left alone. A [jsontext.Value] gets the text of
// the value, whatever it is, as a part of the text that was given.
func Decode(to any, path string, text []byte) error {
	faults, _ := decodeInto(to, path, text)
	return faults.Err()
}

// decoder reads JSON into Go values, by their types. If the text is not JSON, its
// methods return the error of package jsontext, which ends the reading. For a value
// of a wrong type they add a fault, skip the value and go on.
type decoder struct {
	tokens *jsontext.Decoder
	text   []byte
	faults Faults
	path   []byte // JSON path of the value that is being read
	types  map[reflect.Type][]field
}

// field is a property of an object that is read into a struct.
type field struct {
	name  string
	index []int // see reflect.Value.FieldByIndex
}

// nowhere is the target of a value that is not needed.
var nowhere reflect.Value

// errMore says that something follows the document.
var errMore = errors.New("more text follows after the end of the object")

func (d *decoder) document(v reflect.Value) error {
	if err := d.value(v); err != nil {
		return err
	}
	if d.tokens.PeekKind() != 0 {
		return errMore
	}
	if _, err := d.tokens.ReadToken(); err != io.EOF {
		return err
	}
	return nil
}

// value reads the next value into v, if it is of a type that v can hold.
func (d *decoder) value(v reflect.Value) error {
	if !v.IsValid() {
		return d.tokens.SkipValue()
	}
	if v.Type() == reflect.TypeFor[jsontext.Value]() {
		text, err := d.tokens.ReadValue()
		end := int(d.tokens.InputOffset())
		v.SetBytes(d.text[end-len(text) : end : end])
		return err
	}
	kind := d.tokens.PeekKind()
	switch {
	case kind == 'n':
		setNull(v)
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch want := wanted(v.Kind()); {
	case kind == 'n' || kind == 0 || kind == ']' || kind == '}': // or no JSON
		return d.tokens.SkipValue()
	case kind != want && !(kind == 'f' && want == 't'):
		d.fault("is "+kindName(kind), d.want(v))
		return d.tokens.SkipValue()
	case kind == '{':
		return d.object(v)
	case kind == '[':
		return d.array(v)
	}
	return d.scalar(v)
}

func (d *decoder) object(v reflect.Value) error {
	start := len(d.path)
	if v.Kind() == reflect.Map && v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	err := d.list('}', func(int) error {
		token, err := d.tokens.ReadToken()
		if err != nil {
			return err
		}
		key := token.String()
		if v.Kind() == reflect.Map {
			d.path = append(d.path[:start], member("", key)...)
			return d.mapValue(v, key)
		}
		d.path = appendName(d.path[:start], key)
		return d.value(d.field(v, key))
	})
	if err == nil {
		d.path = d.path[:start]
	}
	return err
}

// list reads the brackets of an object or an array, and calls element to read each
// of its elements.
func (d *decoder) list(end jsontext.Kind, element func(i int) error) error {
	if _, err := d.tokens.ReadToken(); err != nil {
		return err
	}
	for i := 0; d.tokens.PeekKind() != end; i++ {
		if err := element(i); err != nil {
			return err
		}
	}
	_, err := d.tokens.ReadToken()
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

func (d *decoder) mapValue(m reflect.Value, key string) error {
	elem := reflect.New(m.Type().Elem()).Elem()
	if err := d.value(elem); err != nil {
		return err
	}
	m.SetMapIndex(reflect.ValueOf(key), elem)
	return nil
}

func (d *decoder) array(v reflect.Value) error {
	start := len(d.path)
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	err := d.list(']', func(i int) error {
		d.path = append(strconv.AppendInt(append(d.path[:start], '['), int64(i), 10), ']')
		v.Grow(1)
		v.SetLen(i + 1)
		return d.value(v.Index(i))
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

// syntaxFault says where and why the text is not JSON.
func (d *decoder) syntaxFault(err error) Fault {
	offset, problem, want := d.tokens.InputOffset(), err.Error(), ""
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		offset, problem = syntax.ByteOffset, syntax.Err.Error()
	case err == io.EOF:
		offset, problem, want = int64(len(d.text)), "the file is empty", "an object"
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		offset, problem = int64(len(d.text)), "the file ends here, within a value"
	}
	at := &Position{}
	at.Line, at.Column = position(d.text[:offset])
	return Fault{Path: d.where(), Problem: fmt.Sprintf("line %d, column %d: %s", at.Line, at.Column, problem), Want: want, At: at}
}

// position returns the line and the column of the end of a text, both from 1.
// Columns count characters.
func position(text []byte) (line, column int) {
	last := bytes.LastIndexByte(text, '\n')
	return 1 + bytes.Count(text, []byte("\n")), 1 + utf8.RuneCount(text[last+1:])
}

// where returns the path of the value that is being read. For the whole document,
// which has no path, it is the name of the file.
func (d *decoder) where() string {
	if len(d.path) == 0 {
		return ConfigFile
	}
	return string(d.path)
}
