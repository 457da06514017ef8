package cli

import (
	"errors"
	"strings"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer"
	"golang.org/x/sys/unix"
)

// The library's errors name options, which are fields of Go structs. This file makes
// flags of them.

// flags has the flag with which an error begins, instead of the option that is at
// fault.
var flags = [...]struct{ option, flag string }{
	{"Cgroups", "--cgroup: "},
	{"Images.Dir", "--image-path: "},
	{"Images.Log", "--work-path: "},
	{"NetworkLock", "--network-lock "},
	{"NoPivot", "--no-pivot: "},
	{"Record", "--record-seccomp: "},
	{"Sockets.Console", "--console-socket: "},
	{"Sockets.Pidfd", "--pidfd-socket: "},
	{"Status", "--status-fd: "},
	{"SystemdCgroup", "--systemd-cgroup: "},
}

// hint is a text after that of an error. It says what may help.
type hint struct {
	of   error
	text string
}

func hints() []hint {
	return []hint{
		{libcontainer.ErrPaused, " (use --ignore-paused to override)"},
		{libcontainer.ErrNeedsUserNamespace, ": see rt spec --rootless"},
		{libcontainer.ErrNoSystemd, ": leave out --systemd-cgroup"},
		{checkpoint.ErrHostTerminal, ": see --shell-job"},
	}
}

// avoided are the hints for steps that an option leaves out.
var avoided = [...]struct {
	by    string
	errno unix.Errno
	text  string
}{
	{"NoNewKeyring", unix.EDQUOT, ", or use --no-new-keyring"},
	{"NoNewKeyring", unix.EPERM, ": use --no-new-keyring"},
	{"NoPivot", unix.EINVAL, ": see --no-pivot"},
}

// withFlags returns the text of an error with flags in the place of options, and with
// hints.
func withFlags(err error) string {
	text := err.Error()
	if e := new(checkpoint.KeyringError); errors.As(err, &e) {
		text = hinted(text, e, " (see --no-new-keyring)")
	}
	if e := new(libcontainer.StepError); errors.As(err, &e) {
		for _, a := range avoided {
			if e.AvoidedBy == a.by && e.Errno == a.errno {
				text = hinted(text, e, a.text)
			}
		}
	}
	for _, h := range hints() {
		if errors.Is(err, h.of) {
			text = hinted(text, h.of, h.text)
		}
	}
	if e := new(libcontainer.OptionError); errors.As(err, &e) {
		for _, f := range flags {
			if e.Option == f.option {
				text = strings.Replace(text, e.Error(), f.flag+e.Err.Error(), 1)
			}
		}
	}
	return text
}

// hinted adds a hint after the part of a text that is the text of part.
func hinted(text string, part error, hint string) string {
	return strings.Replace(text, part.Error(), part.Error()+hint, 1)
}
