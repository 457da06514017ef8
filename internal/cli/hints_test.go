package cli

import (
	"errors"
	"fmt"
	"testing"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// The command line says of the library's errors which flags they are about.
func TestHints(t *testing.T) {
	cause := errors.New("cause")
	step := func(avoidedBy string, errno unix.Errno) error {
		return &libcontainer.StepError{Origin: program.Origin{Doing: "do it", Complete: true}, Errno: errno, AvoidedBy: avoidedBy}
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{cause, "cause"},
		{libcontainer.ErrPaused, "cannot exec in a paused container (use --ignore-paused to override)"},
		{
			fmt.Errorf("start: %w (%w)", cause, libcontainer.ErrNeedsUserNamespace),
			"start: cause (" + libcontainer.ErrNeedsUserNamespace.Error() + ": see rt spec --rootless)",
		},
		{
			fmt.Errorf("systemd of the system: %w (%w)", cause, libcontainer.ErrNoSystemd),
			"systemd of the system: cause (this machine was not booted with systemd: leave out --systemd-cgroup)",
		},
		{checkpoint.ErrHostTerminal, "its stdin, stdout or stderr is a terminal of the host (see --shell-job)"},
		{&checkpoint.KeyringError{Keyring: "_ses.x", Err: cause}, "make session keyring _ses.x: cause (see --no-new-keyring)"},
		{fmt.Errorf("dump: %w", &libcontainer.OptionError{Option: "Images.Dir", Err: cause}), "dump: --image-path: cause"},
		{&libcontainer.OptionError{Option: "NetworkLock", Err: errors.New("skip needs criu")}, "--network-lock skip needs criu"},
		{step("NoNewKeyring", unix.EDQUOT), "do it (or use --no-new-keyring)"},
		{fmt.Errorf("x: %w", step("NoNewKeyring", unix.EPERM)), "x: do it (use --no-new-keyring)"},
		{step("NoPivot", unix.EINVAL), "do it (see --no-pivot)"},
		{step("", unix.EINVAL), "do it"},
	} {
		if got := withFlags(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}
