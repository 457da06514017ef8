package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// jsonKind is a type of JSON values.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonArray
	jsonObject
)

func (k jsonKind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// syntaxError says why the text at a place is not JSON.
type syntaxError struct {
	problem string
	want    string
}

// scanner splits JSON text (RFC 8259) into its tokens. Its errors are about the
// text at pos.
type scanner struct {
	text string
	pos  int
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// next tells the kind of the value that begins at pos.
func (s *scanner) next() (jsonKind, *syntaxError) {
	switch c := s.peek(); {
	case c == '{':
		return jsonObject, nil
	case c == '[':
		return jsonArray, nil
	case c == '"':
		return jsonString, nil
	case c == 't' || c == 'f':
		return jsonBool, nil
	case c == 'n':
		return jsonNull, nil
	case c == '-' || isDigit(c):
		return jsonNumber, nil
	}
	return 0, s.unexpected("a value")
}

// peek returns the byte at pos, or 0 at the end. No valid text has a 0.
func (s *scanner) peek() byte {
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

// list passes over the brackets of an object or an array and the commas
// between its elements, and calls element in front of each. The text is at the
// opening bracket.
func (s *scanner) list(end byte, element func(i int) *syntaxError) *syntaxError {
	s.pos++
	s.space()
	if s.peek() == end {
		s.pos++
		return nil
	}
	for i := 0; ; i++ {
		if err := element(i); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case end:
			s.pos++
			return nil
		case ',':
			s.pos++
		default:
			return s.unexpected(fmt.Sprintf("',' or %q", end))
		}
	}
}

// key reads a property's name and the colon behind it.
func (s *scanner) key() (string, *syntaxError) {
	s.space()
	if s.peek() != '"' {
		return "", s.unexpected("the name of a property in double quotes")
	}
	key, err := s.str()
	if err != nil {
		return "", err
	}
	s.space()
	if s.peek() != ':' {
		return "", s.unexpected("':'")
	}
	s.pos++
	return key, nil
}

func (s *scanner) literal(want string) *syntaxError {
	if !strings.HasPrefix(s.text[s.pos:], want) {
		return s.unexpected(want)
	}
	s.pos += len(want)
	return nil
}

// number reads a number and returns its text.
func (s *scanner) number() (string, *syntaxError) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++ // no digits may follow
	} else if err := s.digits(); err != nil {
		return "", err
	}
	if s.peek() == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	return s.text[start:s.pos], nil
}

func (s *scanner) digits() *syntaxError {
	if !isDigit(s.peek()) {
		return s.unexpected("a digit")
	}
	for isDigit(s.peek()) {
		s.pos++
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (s *scanner) unexpected(want string) *syntaxError {
	if s.pos >= len(s.text) {
		if strings.TrimSpace(s.text) == "" {
			return &syntaxError{problem: "the file is empty", want: "an object"}
		}
		return &syntaxError{problem: "the file ends here", want: want}
	}
	r, size := utf8.DecodeRuneInString(s.text[s.pos:])
	if r == utf8.RuneError && size == 1 {
		return &syntaxError{problem: fmt.Sprintf("unexpected byte %#02x", s.text[s.pos]), want: want}
	}
	return &syntaxError{problem: fmt.Sprintf("unexpected %q", r), want: want}
}

// position returns the line and the column of pos, both from 1. Columns count
// characters.
func (s *scanner) position() (line, column int) {
	before := s.text[:s.pos]
	last := strings.LastIndexByte(before, '\n')
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[last+1:])
}
