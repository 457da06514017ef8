package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/libcontainer"
)

// defaultRoot is on a tmpfs: the state does not outlive the machine, as the
// containers do not.
const defaultRoot = "/run/rt"

// stateRoot returns the absolute path of the directory that keeps the
// containers' state: the one given, or a default. An ordinary user has it in
// the run-time directory of the login session; so has the root of a user
// namespace, who is an ordinary user outside.
func stateRoot(given string) (string, error) {
	if given != "" {
		root, err := filepath.Abs(given)
		if err != nil {
			return "", fmt.Errorf("--root: %w", err)
		}
		return root, nil
	}
	session := os.Getenv("XDG_RUNTIME_DIR")
	switch {
	case os.Geteuid() != 0 && !filepath.IsAbs(session):
		return "", errors.New("XDG_RUNTIME_DIR is not set: say with --root where to keep the containers' state")
	case os.Geteuid() != 0, filepath.IsAbs(session) && libcontainer.RootlessAuto.Is():
		return filepath.Join(session, "rt"), nil
	}
	return defaultRoot, nil
}

func parseRootless(mode string) (libcontainer.Rootless, error) {
	switch mode {
	case "auto":
		return libcontainer.RootlessAuto, nil
	case "true":
		return libcontainer.RootlessYes, nil
	case "false":
		return libcontainer.RootlessNo, nil
	}
	return 0, fmt.Errorf("--rootless: %q (want true, false or auto)", mode)
}
