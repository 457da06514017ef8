package spec

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Position is a place in a text. Lines and columns begin with 1. Columns count
// characters.
type Position struct {
	Line, Column int
}

// Place is the part of a text that has a setting: its name and value, or only its
// name or opening bracket if the value is an object or an array. End is behind it.
type Place struct {
	Start, End Position
}

// Places returns where the text of a configuration has the settings at these JSON
// paths. A setting that is not there has the place of the next one that it would be
// a part of. If a property is given twice, it is the second, which counts.
func Places(text []byte, paths []string) []Place {
	root := &sought{}
	for _, path := range paths {
		root.add(path)
	}
	p := placer{
		tokens: jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true)),
		text:   text, last: Position{1, 1},
	}
	_ = p.value(root, -1) // up to where the text is not JSON
	places := make([]Place, len(paths))
	for i, path := range paths {
		places[i] = root.find(path)
	}
	return places
}

// sought is a setting that is looked for, or one that has such settings.
type sought struct {
	below map[string]*sought // by the next part of the path
	place *Place
}

func (s *sought) add(path string) {
	if path == ConfigFile {
		return
	}
	for part := range parts(path) {
		if s.below[part] == nil {
			if s.below == nil {
				s.below = map[string]*sought{}
			}
			s.below[part] = &sought{}
		}
		s = s.below[part]
	}
}

func (s *sought) find(path string) Place {
	place := Place{Position{1, 1}, Position{1, 1}}
	if s.place != nil {
		place = *s.place
	}
	for part := range parts(path) {
		if s = s.below[part]; s == nil || s.place == nil {
			break
		}
		place = *s.place
	}
	return place
}

// parts cuts a JSON path: a.b[0]["c.d"] has the parts a, b, [0] and ["c.d"].
func parts(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for path != "" {
			n := partLength(path)
			if !yield(path[:n]) {
				return
			}
			path = strings.TrimPrefix(path[n:], ".")
		}
	}
}

// partLength returns the length of the first part of a path.
func partLength(path string) int {
	quoted := false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ']':
			return i + 1
		case i > 0 && path[0] != '[' && (c == '.' || c == '['):
			return i
		}
	}
	return len(path)
}

// placer goes through a text once. It does not look into what is not sought.
type placer struct {
	tokens *jsontext.Decoder
	text   []byte
	offset int // of last
	last   Position
}

// value reads the next value, which begins with its name at from, or has none if
// from is below 0. s is nil if nothing in it is sought.
func (p *placer) value(s *sought, from int) error {
	if s == nil {
		return p.tokens.SkipValue()
	}
	kind := p.tokens.PeekKind()
	named := p.end()
	if kind != '{' && kind != '[' {
		raw, err := p.tokens.ReadValue()
		if err == nil {
			p.found(s, from, p.end()-len(raw), p.end())
		}
		return err
	}
	if _, err := p.tokens.ReadToken(); err != nil {
		return err
	}
	if from < 0 {
		named = p.end()
	}
	p.found(s, from, p.end()-1, named)
	if kind == '[' {
		return p.array(s)
	}
	return p.object(s)
}

// end returns the end of what was read last.
func (p *placer) end() int { return int(p.tokens.InputOffset()) }

// found notes the place of a setting: from its name, if it has one, or from its
// value on.
func (p *placer) found(s *sought, name, value, end int) {
	if name < 0 {
		name = value
	}
	s.below = forget(s.below)
	start := p.position(name)
	s.place = &Place{start, p.position(end)}
}

// forget removes the places of the parts of a setting that is given again.
func forget(below map[string]*sought) map[string]*sought {
	for _, s := range below {
		if s.place != nil {
			s.place = nil
			forget(s.below)
		}
	}
	return below
}

// position returns where an offset is, which is not before the last one.
func (p *placer) position(offset int) Position {
	passed := p.text[p.offset:offset]
	if n := bytes.Count(passed, []byte("\n")); n > 0 {
		p.last = Position{p.last.Line + n, 1}
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	p.last.Column += utf8.RuneCount(passed)
	p.offset = offset
	return p.last
}

func (p *placer) object(s *sought) error {
	for p.tokens.PeekKind() != '}' {
		raw, err := p.tokens.ReadValue()
		if err != nil {
			return err
		}
		start := p.end() - len(raw)
		key, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return err
		}
		if err := p.value(s.member(string(key)), start); err != nil {
			return err
		}
	}
	_, err := p.tokens.ReadToken()
	return err
}

// member returns what is sought in a property of an object, whose path may have the
// property's name as a word or in brackets.
func (s *sought) member(key string) *sought {
	if below := s.below[key]; below != nil {
		return below
	}
	return s.below[member("", key)]
}

func (p *placer) array(s *sought) error {
	for i := 0; p.tokens.PeekKind() != ']'; i++ {
		if err := p.value(s.below["["+strconv.Itoa(i)+"]"], -1); err != nil {
			return err
		}
	}
	_, err := p.tokens.ReadToken()
	return err
}
