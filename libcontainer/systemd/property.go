package systemd

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"unicode"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
)

// Property is a property of a unit (org.freedesktop.systemd1(5)).
type Property = dbus.Property

// NewProperty returns a property with a value whose Go type is that of the
// property: string, bool, uint64, []uint32, a slice of structs ...
func NewProperty(name string, value any) Property {
	return Property{Name: name, Value: godbus.MakeVariant(value)}
}

// DeviceAllow is an element of the property of that name.
type DeviceAllow struct {
	Device string // "/dev/null", "char-pts" ...
	Access string // of r, w and m
}

// ParseProperty returns the property that an annotation
// "org.systemd.property.NAME" sets to a value in GVariant's text form.
//
// Times are in microseconds on the bus. So a number for a property whose name
// ends in Sec, as in unit files, is a number of seconds, and the property that
// is set ends in USec. runc and crun do the same.
func ParseProperty(name, text string) (Property, error) {
	if err := checkPropertyName(name); err != nil {
		return Property{}, err
	}
	v, err := parseValue(text)
	if err != nil {
		return Property{}, err
	}
	if base, ok := strings.CutSuffix(name, "Sec"); ok && !strings.HasSuffix(base, "U") {
		if v, err = microseconds(v); err != nil {
			return Property{}, err
		}
		name = base + "USec"
	}
	return NewProperty(name, v), nil
}

// parseValue parses a value in the text form of GVariant
// (https://docs.gtk.org/glib/gvariant-text-format.html): 'text', true, uint64 5,
// @as []. As there, a number without a type is an int32, or a double if it looks
// like one. godbus knows no tuples.
//
// godbus 5.2.4 never returns if there is a digit of another script.
func parseValue(text string) (any, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsNumber(r) }) {
		return nil, fmt.Errorf("%q is not a value in GVariant's text format: it contains a digit other than 0 to 9", text)
	}
	// As the content of a variant, so that nothing may follow it.
	outer, err := godbus.ParseVariant("<"+text+">", godbus.Signature{})
	if err != nil {
		return nil, fmt.Errorf("%q is not a value in GVariant's text format (is it a string without quotes?): %w", text, err)
	}
	return outer.Value().(godbus.Variant).Value(), nil
}

// checkPropertyName refuses a name that no property has, and the properties that
// rt sets itself.
func checkPropertyName(name string) error {
	for i := range len(name) {
		if c := name[i] | 0x20; c < 'a' || 'z' < c {
			return fmt.Errorf("%q is not the name of a property: it contains characters other than letters", name)
		}
	}
	switch {
	case len(name) < 3:
		return fmt.Errorf("%q is not the name of a property: it is too short", name)
	case name == "PIDs" || name == "Slice":
		return fmt.Errorf("rt sets the property %s itself", name)
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
	return 0, fmt.Errorf("%v is not a number of seconds", v)
}
