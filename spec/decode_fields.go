package spec

import (
	"reflect"
	"strings"
)

// fieldsOf lists the properties that are read into a struct of type t, which
// is at index of an outer struct.
func fieldsOf(t reflect.Type, index []int) []field {
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(index[:len(index):len(index)], i)
		if f.Anonymous {
			fields = append(fields, fieldsOf(f.Type, at)...)
			continue
		}
		if name := propertyName(f.Tag); name != "" {
			fields = append(fields, field{name: name, index: at})
		}
	}
	return fields
}

// propertyName returns the name in JSON of a field of specs-go, or "" if the
// property is only for other platforms than Linux.
func propertyName(tag reflect.StructTag) string {
	if platform, limited := tag.Lookup("platform"); limited && !strings.Contains(platform, "linux") {
		return ""
	}
	name, _, _ := strings.Cut(tag.Get("json"), ",")
	return name
}
