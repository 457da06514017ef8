package spec

import (
	"fmt"
	"reflect"
	"strconv"
)

// setNull gives v the value of null: nil where that exists, and otherwise what
// v had before.
func setNull(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		v.SetZero()
	}
}

// wanted returns what a Go value of this kind is read from.
func wanted(k reflect.Kind) jsonKind {
	switch k {
	case reflect.Struct, reflect.Map:
		return jsonObject
	case reflect.Slice:
		return jsonArray
	case reflect.String:
		return jsonString
	case reflect.Bool:
		return jsonBool
	}
	return jsonNumber
}

// want says what v is read from, for people.
func (d *decoder) want(v reflect.Value) string {
	switch {
	case v.CanInt():
		limit := int64(1)<<(v.Type().Bits()-1) - 1
		return fmt.Sprintf("a whole number from %d to %d", -limit-1, limit)
	case v.CanUint():
		return fmt.Sprintf("a whole number from 0 to %d", ^uint64(0)>>(64-v.Type().Bits()))
	}
	return wanted(v.Kind()).String()
}

func (d *decoder) stringInto(v reflect.Value) *syntaxError {
	s, err := d.str()
	if err == nil && v.IsValid() {
		v.SetString(s)
	}
	return err
}

func (d *decoder) boolInto(v reflect.Value) *syntaxError {
	text := "false"
	if d.text[d.pos] == 't' {
		text = "true"
	}
	if v.IsValid() {
		v.SetBool(text == "true")
	}
	return d.literal(text)
}

func (d *decoder) numberInto(v reflect.Value) *syntaxError {
	text, err := d.number()
	if err != nil || !v.IsValid() {
		return err
	}
	if v.CanInt() {
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err == nil {
			v.SetInt(n)
			return nil
		}
	} else {
		n, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err == nil {
			v.SetUint(n)
			return nil
		}
	}
	d.fault("is "+text, d.want(v))
	return nil
}
