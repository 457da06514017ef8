package checkpoint

import "errors"

// ErrMissing: CRIU is not installed.
var ErrMissing = errors.New("checkpoint and restore need criu, which is not on the PATH (https://criu.org)")

// ErrHostTerminal: a container with a terminal of the host can be saved only with
// [Options.ShellJob].
var ErrHostTerminal = errors.New("its stdin, stdout or stderr is a terminal of the host")

// OptionError says which option is at fault: the name of a field in an options
// struct, such as "Images.Dir".
type OptionError struct {
	Option string
	Err    error
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *OptionError) Unwrap() error { return e.Err }

// KeyringError says that restored processes could not get their session keyring.
type KeyringError struct {
	Keyring string
	Err     error
}

func (e *KeyringError) Error() string {
	return "make session keyring " + e.Keyring + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *KeyringError) Unwrap() error { return e.Err }
