package spec

import (
	"fmt"
	"reflect"
	"strings"
)

// nul refuses strings that contain NUL. The kernel reads a string up to its
// first NUL, and so would use another string than the one that was checked.
func (v *validator) nul() {
	for _, at := range findNUL(reflect.ValueOf(v.spec)) {
		v.faults.add(strings.TrimPrefix(at, "."), "text", hasNUL)
	}
}

const hasNUL = "contains a NUL character"

// findNUL returns the paths below v of the strings that contain NUL.
func findNUL(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		if strings.IndexByte(v.String(), 0) >= 0 {
			return []string{""}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return findNUL(v.Elem())
		}
	case reflect.Slice:
		return findNULInSlice(v)
	case reflect.Map:
		return findNULInMap(v)
	case reflect.Struct:
		return findNULInStruct(v)
	}
	return nil
}

func findNULInSlice(v reflect.Value) (found []string) {
	for i := range v.Len() {
		for _, at := range findNUL(v.Index(i)) {
			found = append(found, fmt.Sprintf("[%d]%s", i, at))
		}
	}
	return found
}

func findNULInMap(v reflect.Value) (found []string) {
	for it := v.MapRange(); it.Next(); {
		key := it.Key().String()
		paths := findNUL(it.Value())
		if strings.IndexByte(key, 0) >= 0 {
			paths = append(paths, "")
		}
		for _, at := range paths {
			found = append(found, member("", key)+at)
		}
	}
	return found
}

func findNULInStruct(v reflect.Value) (found []string) {
	for i := range v.NumField() {
		for _, at := range findNUL(v.Field(i)) {
			if f := v.Type().Field(i); !f.Anonymous {
				at = "." + propertyName(f.Tag) + at
			}
			found = append(found, at)
		}
	}
	return found
}
