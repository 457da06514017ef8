package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/oci-rt/rt/libcontainer"
)

// defaultRoot is on a tmpfs: like the containers, the state does not outlive a boot.
const defaultRoot = "/run/rt"

// stateRoot returns the absolute path of the directory that keeps the containers' state:
// the one given, or a default. For an ordinary user it is in the run-time directory of
// the login session, if that is known, and so it is for the root of a user namespace, who
// is an ordinary user outside. The commands that need the directory find out whether it
// can be used.
func stateRoot(given string) (string, error) {
	if given != "" {
		root, err := filepath.Abs(given)
		if err != nil {
			return "", fmt.Errorf("--root: %w", err)
		}
		return root, nil
	}
	session := os.Getenv("XDG_RUNTIME_DIR")
	if filepath.IsAbs(session) && (os.Geteuid() != 0 || libcontainer.RootlessAuto.Is()) {
		return filepath.Join(session, "rt"), nil
	}
	return defaultRoot, nil
}

// explainRoot says what an ordinary user who may not use the default directory can do.
func (r *rt) explainRoot(err error) error {
	if os.Geteuid() == 0 || r.store.Root != defaultRoot || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), defaultRoot) {
		return err
	}
	return fmt.Errorf("%w (XDG_RUNTIME_DIR is not set: set it, or say with --root where to keep the containers' state)", err)
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
