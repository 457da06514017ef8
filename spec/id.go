package spec

import (
	"errors"
	"fmt"
)

// maxID is NAME_MAX: the id is the name of the container's directory below
// rt's root and, unless linux.cgroupsPath says otherwise, of its cgroups.
const maxID = 255

// ErrInvalidID is wrapped by the errors of [ValidID].
var ErrInvalidID = errors.New("invalid container id")

// ValidID checks the id of a container: letters, digits and _ + - . in any
// order, but not "." or "..", at most 255 of them. So an id is always a single
// component of a path and stays below the directory it is looked up in.
func ValidID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: is empty", ErrInvalidID)
	case id == "." || id == "..":
		return fmt.Errorf("%w %q: names a directory", ErrInvalidID, id)
	case len(id) > maxID:
		return fmt.Errorf("%w: is %d bytes long (want at most %d)", ErrInvalidID, len(id), maxID)
	}
	for _, c := range id {
		if !inID(c) {
			return fmt.Errorf("%w %q: contains %q (want only letters, digits and _ + - .)", ErrInvalidID, id, c)
		}
	}
	return nil
}

func inID(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '_' || c == '+' || c == '-' || c == '.'
}
