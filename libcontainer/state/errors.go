package state

import (
	"errors"
	"fmt"

	"github.com/oci-rt/rt/spec"
)

// Errors that callers branch on. Engines look for these texts in a runtime's
// output.
var (
	// ErrExist: a container has this id already.
	ErrExist = errors.New("container with given ID already exists")
	// ErrNotExist: no container has this id.
	ErrNotExist = errors.New("container does not exist")
	// ErrBusy: another rt works on the container.
	ErrBusy = errors.New("container is locked by another command that did not finish in time")
	// ErrBad: the state file is damaged or of another version.
	ErrBad = errors.New("unreadable container state")
)

// badFile says what is wrong with a file that rt has written itself: the first fault is
// enough, because nobody is to mend it.
func badFile(path string, err error) error {
	if faults := (spec.Faults)(nil); errors.As(err, &faults) {
		err = faults[:1]
	}
	return fmt.Errorf("%w: %s: %w", ErrBad, path, err)
}
