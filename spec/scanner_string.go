package spec

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string. One without escapes shares its bytes with the text.
func (s *scanner) str() (string, *syntaxError) {
	s.pos++
	start := s.pos
	escaped := false
	for {
		switch c := s.peek(); {
		case c == '"':
			raw := s.text[start:s.pos]
			if !utf8.ValidString(raw) {
				s.pos = start + invalidUTF8(raw)
				return "", &syntaxError{problem: "the text is not UTF-8"}
			}
			s.pos++
			if !escaped {
				return raw, nil
			}
			return unescape(raw), nil
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return "", err
			}
		case c < ' ':
			return "", s.unexpected("'\"' at the end of the string")
		default:
			s.pos++
		}
	}
}

// escape passes over an escape sequence.
func (s *scanner) escape() *syntaxError {
	s.pos++
	c := s.peek()
	if c == 'u' {
		return s.unicode()
	}
	if c == 0 || strings.IndexByte(`"\/bfnrt`, c) < 0 {
		return s.unexpected(`one of " \ / b f n r t u behind '\'`)
	}
	s.pos++
	return nil
}

// unicode passes over the rest of an escape like \u00e9. One half of a
// surrogate pair is refused, because there is no string that it could mean.
func (s *scanner) unicode() *syntaxError {
	first, err := s.hex4()
	if err != nil || !utf16.IsSurrogate(first) {
		return err
	}
	if strings.HasPrefix(s.text[s.pos:], `\u`) {
		s.pos++
		second, err := s.hex4()
		if err != nil || utf16.DecodeRune(first, second) != utf8.RuneError {
			return err
		}
	}
	return &syntaxError{problem: `half of a pair of \u escapes is missing`}
}

// hex4 passes over u and the four digits behind it.
func (s *scanner) hex4() (rune, *syntaxError) {
	s.pos++
	for i := range 4 {
		if s.pos+i >= len(s.text) || !isHex(s.text[s.pos+i]) {
			s.pos += i
			return 0, s.unexpected(`four hexadecimal digits behind '\u'`)
		}
	}
	n, _ := strconv.ParseUint(s.text[s.pos:s.pos+4], 16, 16)
	s.pos += 4
	return rune(n), nil
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unescape returns the string that raw means. Its escapes are valid.
func unescape(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			b.WriteByte(raw[i])
			continue
		}
		i++
		if raw[i] != 'u' {
			b.WriteByte(unescapeByte(raw[i]))
			continue
		}
		r := hexRune(raw[i+1:])
		i += 4
		if utf16.IsSurrogate(r) {
			r = utf16.DecodeRune(r, hexRune(raw[i+3:]))
			i += 6
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unescapeByte(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hexRune(s string) rune {
	n, _ := strconv.ParseUint(s[:4], 16, 16)
	return rune(n)
}

// invalidUTF8 returns the offset of the first byte of s that is not part of a
// valid character.
func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return len(s)
}
