package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Set is an edit of a JSON document: it puts Value where Pointer says (RFC
// 6901). Objects on the way are made. A last element of "-" appends to an
// array.
type Set struct {
	Pointer string
	Value   any
}

// Delete is an edit of a JSON document: it removes what Pointer says. What is
// not there is an error.
type Delete struct {
	Pointer string
}

// Edit is a [Set] or a [Delete].
type Edit interface {
	apply(node any, path []string) (any, error)
	pointer() string
}

func (s Set) pointer() string    { return s.Pointer }
func (d Delete) pointer() string { return d.Pointer }

// EditFile applies edits to a JSON file.
func EditFile(file string, edits ...Edit) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if data, err = EditJSON(data, edits...); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, data, 0o644)
}

// DecodeJSON decodes a JSON document and keeps its numbers as they are written:
// RLIM_INFINITY has no place in a float64.
func DecodeJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var doc any
	err := d.Decode(&doc)
	return doc, err
}

// EditJSON applies edits to a JSON document.
func EditJSON(data []byte, edits ...Edit) ([]byte, error) {
	doc, err := DecodeJSON(data)
	if err != nil {
		return nil, err
	}
	for _, e := range edits {
		path, err := parsePointer(e.pointer())
		if err != nil {
			return nil, err
		}
		if doc, err = e.apply(doc, path); err != nil {
			return nil, fmt.Errorf("edit %s: %w", e.pointer(), err)
		}
	}
	return json.MarshalIndent(doc, "", "\t")
}

// parsePointer splits a JSON pointer into its unescaped elements.
func parsePointer(p string) ([]string, error) {
	if p == "" {
		return nil, nil
	}
	if p[0] != '/' {
		return nil, fmt.Errorf("JSON pointer %q: does not begin with a slash", p)
	}
	path := strings.Split(p[1:], "/")
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for i := range path {
		path[i] = unescape.Replace(path[i])
	}
	return path, nil
}

func (s Set) apply(node any, path []string) (any, error) {
	if len(path) == 0 {
		return s.Value, nil
	}
	if list, ok := node.([]any); ok && path[0] == "-" {
		last, err := s.apply(nil, path[1:])
		return append(list, last), err
	}
	if node == nil {
		node = map[string]any{}
	}
	return descend(node, path, s.apply)
}

func (d Delete) apply(node any, path []string) (any, error) {
	if len(path) > 1 {
		return descend(node, path, d.apply)
	}
	if len(path) == 0 {
		return nil, nil
	}
	switch n := node.(type) {
	case map[string]any:
		if _, ok := n[path[0]]; !ok {
			return nil, fmt.Errorf("no member %q", path[0])
		}
		delete(n, path[0])
		return n, nil
	case []any:
		i, err := index(n, path[0])
		if err != nil {
			return nil, err
		}
		return slices.Delete(n, i, i+1), nil
	}
	return nil, fmt.Errorf("%q: neither object nor array above it", path[0])
}

// descend applies an edit to the child of node that path begins with.
func descend(node any, path []string, apply func(any, []string) (any, error)) (any, error) {
	switch n := node.(type) {
	case map[string]any:
		child, err := apply(n[path[0]], path[1:])
		n[path[0]] = child
		return n, err
	case []any:
		i, err := index(n, path[0])
		if err != nil {
			return nil, err
		}
		n[i], err = apply(n[i], path[1:])
		return n, err
	}
	return nil, fmt.Errorf("%q: neither object nor array above it", path[0])
}

func index(list []any, element string) (int, error) {
	i, err := strconv.Atoi(element)
	if err != nil || i < 0 || i >= len(list) {
		return 0, fmt.Errorf("no element %q in an array of %d", element, len(list))
	}
	return i, nil
}

// Lookup returns what a JSON pointer says in a document.
func Lookup(data []byte, pointer string) (any, error) {
	node, err := DecodeJSON(data)
	if err != nil {
		return nil, err
	}
	path, err := parsePointer(pointer)
	if err != nil {
		return nil, err
	}
	for _, element := range path {
		switch n := node.(type) {
		case map[string]any:
			child, ok := n[element]
			if !ok {
				return nil, fmt.Errorf("%s: no member %q", pointer, element)
			}
			node = child
		case []any:
			i, err := index(n, element)
			if err != nil {
				return nil, err
			}
			node = n[i]
		default:
			return nil, fmt.Errorf("%s: %q: neither object nor array above it", pointer, element)
		}
	}
	return node, nil
}
