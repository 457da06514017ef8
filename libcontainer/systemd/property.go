package systemd

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// ParseProperty returns the property that an annotation
// "org.systemd.property.NAME" sets to a value in GVariant's text form.
//
// Times are in microseconds on the bus. So a number for a property whose name
// ends in Sec, as in unit files, is one of seconds, and the property is the one
// in USec; runc and crun do the same.
func ParseProperty(name, text string) (Property, error) {
	if err := checkPropertyName(name); err != nil {
		return Property{}, err
	}
	v, err := ParseValue(text)
	if err != nil {
		return Property{}, err
	}
	if base, ok := strings.CutSuffix(name, "Sec"); ok && !strings.HasSuffix(base, "U") {
		if v, err = microseconds(v); err != nil {
			return Property{}, err
		}
		name = base + "USec"
	}
	return Property{Name: name, Value: v}, nil
}

// checkPropertyName refuses what is no name of a property, and those of which
// rt's own doing depends.
func checkPropertyName(name string) error {
	for i := range len(name) {
		if c := name[i] | 0x20; c < 'a' || 'z' < c {
			return fmt.Errorf("%q is no name of a property: it has other characters than letters", name)
		}
	}
	switch {
	case len(name) < 3:
		return fmt.Errorf("%q is no name of a property: it is too short", name)
	case name == "PIDs" || name == "Slice":
		return fmt.Errorf("the property %s is set by the container itself", name)
	}
	return nil
}

// microseconds converts a number of seconds.
func microseconds(v any) (uint64, error) {
	seconds := -1.0
	switch r := reflect.ValueOf(v); {
	case r.CanInt():
		seconds = float64(r.Int())
	case r.CanUint():
		if n := r.Uint(); n <= math.MaxUint64/1_000_000 {
			return n * 1_000_000, nil
		}
	case r.CanFloat():
		seconds = r.Float()
	}
	const most = 1 << 62 // a float64 that is surely a uint64
	if usec := math.Round(seconds * 1e6); usec >= 0 && usec < most {
		return uint64(usec), nil
	}
	return 0, fmt.Errorf("%v is no number of seconds", v)
}
