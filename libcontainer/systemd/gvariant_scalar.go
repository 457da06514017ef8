package systemd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/oci-rt/rt/libcontainer/dbus"
)

// number returns the number of type want, by default an int32 or a double.
func number(word string, want dbus.Signature) (any, dbus.Signature, error) {
	if want == "" {
		want = "i"
		if isDouble(word) {
			want = "d"
		}
	}
	v, err := parseNumber(word, want)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, "", fmt.Errorf("%s is out of the range of type %q: say another before it, such as uint64", word, want)
	case err != nil:
		return nil, "", fmt.Errorf("%q is no value of type %q (is it a text without quotes?)", word, want)
	}
	return v, want, nil
}

func isDouble(word string) bool {
	hex := strings.Contains(word, "0x")
	return !hex && strings.ContainsAny(word, ".eE") && strings.ContainsAny(word, "0123456789")
}

func parseNumber(word string, want dbus.Signature) (any, error) {
	if strings.Contains(word, "_") { // which Go allows
		return nil, strconv.ErrSyntax
	}
	signed := func(bits int) (int64, error) { return strconv.ParseInt(word, 0, bits) }
	unsigned := func(bits int) (uint64, error) { return strconv.ParseUint(strings.TrimPrefix(word, "+"), 0, bits) }
	switch want {
	case "y":
		n, err := unsigned(8)
		return byte(n), err
	case "n":
		n, err := signed(16)
		return int16(n), err
	case "q":
		n, err := unsigned(16)
		return uint16(n), err
	case "i":
		n, err := signed(32)
		return int32(n), err
	case "u":
		n, err := unsigned(32)
		return uint32(n), err
	case "x":
		return signed(64)
	case "t":
		return unsigned(64)
	case "d":
		return strconv.ParseFloat(word, 64)
	}
	return nil, strconv.ErrSyntax
}

// quoted reads a text in single or double quotes.
func (p *parser) quoted() (string, error) {
	quote := p.rest[0]
	p.rest = p.rest[1:]
	var b strings.Builder
	for p.rest != "" {
		c := p.rest[0]
		p.rest = p.rest[1:]
		switch c {
		case quote:
			if s := b.String(); utf8.ValidString(s) && !strings.Contains(s, "\x00") {
				return s, nil
			}
			return "", errors.New("a text that is no UTF-8, or with a NUL")
		case '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("a text has no end")
}

// escape reads what comes behind a backslash. Where a letter has no meaning, it
// stands for itself.
func (p *parser) escape(b *strings.Builder) error {
	if p.rest == "" {
		return errors.New("a text ends within an escape")
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	const letters, control = "abfnrtv", "\a\b\f\n\r\t\v"
	digits := map[byte]int{'u': 4, 'U': 8}[c]
	switch i := strings.IndexByte(letters, c); {
	case digits > len(p.rest):
		return errors.New("a text ends within an escape")
	case digits > 0:
		n, err := strconv.ParseUint(p.rest[:digits], 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return fmt.Errorf(`\%c%s is no character`, c, p.rest[:digits])
		}
		p.rest = p.rest[digits:]
		b.WriteRune(rune(n))
	case i >= 0:
		b.WriteByte(control[i])
	default:
		b.WriteByte(c)
	}
	return nil
}
