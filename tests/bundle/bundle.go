// Package bundle makes OCI bundles for tests: a busybox root file system and
// the configuration that "rt spec" writes, edited.
package bundle

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Config says what bundle to make.
type Config struct {
	Dir     string // where to make it; its parent must exist
	Runtime string // the runtime whose spec command writes config.json
	Busybox string // a static busybox: see need.Busybox
	// Tag is part of the name of everything global that a container of the
	// bundle makes, and of its processes' environment, so that a test can find
	// what is left of it.
	Tag string
}

// applets are the names that busybox gets in the root file system.
var applets = []string{
	"cat", "chmod", "cut", "echo", "env", "false", "grep", "head", "hostname", "id", "kill", "ln", "ls", "mkdir", "mount",
	"nproc", "ps", "pwd", "readlink", "rm", "sh", "sleep", "sort", "stat", "test", "touch", "tr", "true", "ulimit", "umount",
	"wc",
}

// Make makes the bundle: a container of it that executes /bin/true, without
// a terminal, in a cgroup of its own.
func Make(cfg Config) error {
	if err := makeRootfs(filepath.Join(cfg.Dir, "rootfs"), cfg.Busybox); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	cmd := exec.Command(cfg.Runtime, "spec", "--bundle", cfg.Dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("bundle: %v: %w: %s", cmd, err, out)
	}
	return EditFile(filepath.Join(cfg.Dir, "config.json"),
		Set{"/process/terminal", false},
		Set{"/process/args", []string{"true"}},
		Set{"/process/env/-", "TEST_TAG=" + cfg.Tag},
		Set{"/linux/namespaces", namespaces()},
		Set{"/linux/cgroupsPath", "/rt-test-" + cfg.Tag + "-" + filepath.Base(cfg.Dir)},
	)
}

// namespaces are those of "rt spec" on cgroup v2. On v1 it writes none for cgroups.
func namespaces() (list []map[string]string) {
	for _, kind := range []string{"pid", "network", "ipc", "uts", "mount", "cgroup"} {
		list = append(list, map[string]string{"type": kind})
	}
	return list
}

// makeRootfs makes a root file system of busybox and empty directories.
func makeRootfs(dir, busybox string) error {
	for _, sub := range []string{"bin", "dev", "etc", "proc", "root", "sys", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "bin/busybox"), program, 0o755); err != nil {
		return err
	}
	for _, name := range applets {
		if err := os.Symlink("busybox", filepath.Join(dir, "bin", name)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "etc/passwd"), []byte("root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"), 0o644)
}
