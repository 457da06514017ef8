package spec

import "reflect"

// This file is the list of what the specification has and rt does not do yet.
// All of it is refused by name, so that nothing is skipped in silence.

// todo is the problem of something that rt does not do yet.
func todo(what string) string { return what + " is not supported by this version of rt" }

// unsupported are the properties that must be empty, see isEmpty. An empty
// object that would ask for something is made a true.
var unsupported = [...]struct {
	path string
	get  func(*validator) any
}{
	{"process.apparmorProfile", func(v *validator) any { return v.proc.ApparmorProfile }},
	{"process.selinuxLabel", func(v *validator) any { return v.proc.SelinuxLabel }},
}

// todo reports everything that rt does not do yet. consoleSize needs no entry:
// the specification has it ignored without terminal.
func (v *validator) todo() {
	for _, u := range unsupported {
		if !isEmpty(reflect.ValueOf(u.get(v))) {
			v.faults.add(u.path, "", todo("this"))
		}
	}
}

// isEmpty tells whether a property asks for nothing. Engines write empty
// objects, and objects with zero values in them, for what nobody asked for.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return v.IsNil() || isEmpty(v.Elem())
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		for i := range v.NumField() {
			if !isEmpty(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}
