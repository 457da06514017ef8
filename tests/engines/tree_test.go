package engines

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// The engines of another system are tested with that system's root directory as
// the room's: a whole one, so that each engine finds its own libraries and
// helpers. What is written there goes to a tmpfs on top of it, and is gone
// with the room. The machine's devices, cgroups, temporary files, the
// checkout and BuildKit are seen in it.

// enterTree makes a tree the root directory of the mount namespace.
//
// Preconditions: the mount namespace is this process's own, and private.
func enterTree(tree string) error {
	const place = "/mnt"
	checkout, err := filepath.Abs("../..")
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", place, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mount on %s: %w", place, err)
	}
	root, upper, work := place+"/root", place+"/upper", place+"/work"
	if err := errors.Join(os.Mkdir(root, 0o755), os.Mkdir(upper, 0o755), os.Mkdir(work, 0o755)); err != nil {
		return err
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", tree, upper, work)
	if err := unix.Mount("overlay", root, "overlay", 0, layers); err != nil {
		return fmt.Errorf("mount %s: %w", layers, err)
	}
	for _, path := range []string{"/dev", "/sys", os.TempDir(), checkout, os.Getenv("RT"), os.Getenv(shimVar), os.Getenv(buildkitVar), os.Getenv(containerdVar), os.Getenv(criToolsVar), modules()} {
		if err := show(path, root); err != nil {
			return err
		}
	}
	if err := os.Setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"); err != nil {
		return err
	}
	return changeRoot(root)
}

// modules is the directory of the kernel's modules, or "".
func modules() string {
	if path, err := filepath.EvalSymlinks("/lib/modules"); err == nil {
		return path
	}
	return ""
}

// show binds a directory or a file of the machine at the same path below root.
func show(path, root string) error {
	if path == "" {
		return nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	at := root + path
	if info.IsDir() {
		err = os.MkdirAll(at, 0o755)
	} else if err = os.MkdirAll(filepath.Dir(at), 0o755); err == nil {
		var f *os.File
		if f, err = os.OpenFile(at, os.O_CREATE, 0o755); err == nil {
			err = f.Close()
		}
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(path, at, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("show %s in the tree: %w", path, err)
	}
	return nil
}

// changeRoot is pivot_root(2), after which the old root is gone. The working
// directory stays.
func changeRoot(root string) error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root to %s: %w", root, err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the old root: %w", err)
	}
	return os.Chdir(wd)
}
