package spec

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// setNull sets v to nil if its type has nil, and otherwise leaves v as it is.
func setNull(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		v.SetZero()
	}
}

// wanted returns the kind of JSON value from which a Go value of this kind is
// read.
func wanted(k reflect.Kind) jsontext.Kind {
	switch k {
	case reflect.Struct, reflect.Map:
		return '{'
	case reflect.Slice:
		return '['
	case reflect.String:
		return '"'
	case reflect.Bool:
		return 't'
	}
	return '0'
}

// kindName names a kind of values for people.
func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	}
	return "a number"
}

// want says what v is read from, in words for people.
func (d *decoder) want(v reflect.Value) string {
	switch {
	case v.CanInt():
		limit := int64(1)<<(v.Type().Bits()-1) - 1
		return fmt.Sprintf("a whole number from %d to %d", -limit-1, limit)
	case v.CanUint():
		return fmt.Sprintf("a whole number from 0 to %d", ^uint64(0)>>(64-v.Type().Bits()))
	}
	return kindName(wanted(v.Kind()))
}

// scalar reads a string, a boolean or a number into v, which can hold it.
func (d *decoder) scalar(v reflect.Value) error {
	token, err := d.tokens.ReadToken()
	if err != nil {
		return err
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(token.String())
	case reflect.Bool:
		v.SetBool(token.Bool())
	default:
		d.number(v, token.String())
	}
	return nil
}

func (d *decoder) number(v reflect.Value, text string) {
	if v.CanInt() {
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err == nil {
			v.SetInt(n)
			return
		}
	} else {
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err == nil {
			v.SetUint(n)
			return
		}
	}
	d.fault("is "+text, d.want(v))
}
