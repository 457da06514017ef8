package systemd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/oci-rt/rt/libcontainer/dbus"
)

// ParseValue parses a value in the text form of GVariant
// (https://docs.gtk.org/glib/gvariant-text-format.html), the language in which
// annotations give properties of units: 'text', true, uint64 5, @as [],
// [('/dev/null', 'rw')]. As there, a number without a type is an int32, or a
// double if it looks like one, and an array has values of one type, that of the
// first. Dictionaries and values that may be missing are no properties of
// systemd's and refused.
func ParseValue(text string) (any, error) {
	p := &parser{rest: text}
	v, _, err := p.value("", maxDepth)
	switch {
	case err != nil:
		return nil, err
	case p.peek() != 0:
		return nil, fmt.Errorf("%q follows the value", p.rest)
	}
	return v, nil
}

// maxDepth is how deep values may lie in each other.
const maxDepth = 16

// parser reads values from the beginning of a text.
type parser struct {
	rest string
}

// peek returns the next character that is no space, or 0 at the end.
func (p *parser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\n\r")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// skip skips a character, if it comes next.
func (p *parser) skip(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// word returns everything up to the next space or punctuation.
func (p *parser) word() string {
	p.peek()
	end := strings.IndexAny(p.rest, " \t\n\r,<>[](){}'\"")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// value reads a value of type want, or of any type if that is empty, and returns
// its type, too.
func (p *parser) value(want dbus.Signature, depth int) (any, dbus.Signature, error) {
	if depth == 0 {
		return nil, "", errors.New("values lie too deep in each other")
	}
	switch p.peek() {
	case 0:
		return nil, "", errors.New("the value is missing")
	case '@':
		return p.typed(want, depth)
	case '\'', '"':
		return p.text(want)
	case '[':
		return p.array(want, depth)
	case '(':
		return p.tuple(want, depth)
	case '<':
		return p.variant(want, depth)
	case '{':
		return nil, "", errors.New("dictionaries are not supported")
	}
	return p.plain(want, depth)
}

// typed reads a type behind a @, and a value of it. A type in parentheses is
// no word.
func (p *parser) typed(want dbus.Signature, depth int) (any, dbus.Signature, error) {
	end := strings.IndexAny(p.rest, " \t\n\r")
	if end < 0 {
		return nil, "", errors.New("the value is missing")
	}
	sig := dbus.Signature(p.rest[1:end])
	if _, rest, err := sig.First(); err != nil || rest != "" {
		return nil, "", fmt.Errorf("%q is no type", sig)
	}
	p.rest = p.rest[end:]
	return p.as(sig, want, depth)
}

// as reads a value that says that it is of type sig.
func (p *parser) as(sig, want dbus.Signature, depth int) (any, dbus.Signature, error) {
	if want != "" && want != sig {
		return nil, "", fmt.Errorf("a value of type %q, want %q", sig, want)
	}
	return p.value(sig, depth-1)
}

// plain reads what is neither quoted nor in brackets.
func (p *parser) plain(want dbus.Signature, depth int) (any, dbus.Signature, error) {
	word := p.word()
	types := map[string]dbus.Signature{
		"boolean": "b", "byte": "y", "int16": "n", "uint16": "q", "int32": "i", "uint32": "u", "int64": "x", "uint64": "t",
		"double": "d", "string": "s", "objectpath": "o", "signature": "g",
	}
	if sig, ok := types[word]; ok {
		return p.as(sig, want, depth)
	}
	if word == "true" || word == "false" {
		if want != "" && want != "b" {
			return nil, "", fmt.Errorf("%s, want a value of type %q", word, want)
		}
		return word == "true", "b", nil
	}
	return number(word, want)
}

func (p *parser) text(want dbus.Signature) (any, dbus.Signature, error) {
	s, err := p.quoted()
	if err != nil {
		return nil, "", err
	}
	switch want {
	case "", "s":
		return s, "s", nil
	case "o":
		return dbus.ObjectPath(s), want, nil
	case "g":
		return dbus.Signature(s), want, nil
	}
	return nil, "", fmt.Errorf("%q, want a value of type %q", s, want)
}

func (p *parser) array(want dbus.Signature, depth int) (any, dbus.Signature, error) {
	elem, ok := strings.CutPrefix(string(want), "a")
	if want != "" && !ok {
		return nil, "", fmt.Errorf("an array, want a value of type %q", want)
	}
	list := dbus.Array{Elem: dbus.Signature(elem)}
	items, err := p.list('[', ']', func() (any, error) {
		v, sig, err := p.value(list.Elem, depth-1)
		list.Elem = sig
		return v, err
	})
	if err != nil {
		return nil, "", err
	}
	if list.Elem == "" {
		return nil, "", errors.New("the type of an empty array is missing: @as []")
	}
	list.Items = items
	if list.Elem == "y" {
		return bytes(items), "ay", nil
	}
	return list, "a" + list.Elem, nil
}

// bytes returns values that are bytes as package dbus wants them.
func bytes(items []any) []byte {
	list := make([]byte, len(items))
	for i, v := range items {
		list[i], _ = v.(byte)
	}
	return list
}

func (p *parser) tuple(want dbus.Signature, depth int) (any, dbus.Signature, error) {
	if want != "" && want[0] != '(' {
		return nil, "", fmt.Errorf("a tuple, want a value of type %q", want)
	}
	left := dbus.Signature(strings.TrimSuffix(strings.TrimPrefix(string(want), "("), ")"))
	sig := dbus.Signature("(")
	items, err := p.list('(', ')', func() (any, error) {
		var field dbus.Signature
		if want != "" {
			var err error
			if field, left, err = left.First(); err != nil {
				return nil, fmt.Errorf("a tuple with more values than type %q has", want)
			}
		}
		v, fieldSig, err := p.value(field, depth-1)
		sig += fieldSig
		return v, err
	})
	if err != nil {
		return nil, "", err
	}
	if left != "" || len(items) == 0 {
		return nil, "", errors.New("a tuple with too few values")
	}
	return dbus.Struct(items), sig + ")", nil
}

// list reads values between brackets, separated by commas.
func (p *parser) list(open, end byte, item func() (any, error)) ([]any, error) {
	p.skip(open)
	var items []any
	for !p.skip(end) {
		v, err := item()
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		if !p.skip(',') && p.peek() != end {
			return nil, fmt.Errorf("%q, want %q or a comma", p.rest, end)
		}
	}
	return items, nil
}

func (p *parser) variant(want dbus.Signature, depth int) (any, dbus.Signature, error) {
	if want != "" && want != "v" {
		return nil, "", fmt.Errorf("a variant, want a value of type %q", want)
	}
	p.skip('<')
	v, _, err := p.value("", depth-1)
	if err == nil && !p.skip('>') {
		err = fmt.Errorf("%q, want '>'", p.rest)
	}
	return dbus.Variant{Value: v}, "v", err
}
