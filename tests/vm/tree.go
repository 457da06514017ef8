package main

import (
	"context"
	_ "embed"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

//go:embed engines.txt
var enginePackages string

// treeVar names the directory of a Debian system with engines: see
// tests/engines.
const treeVar = "TEST_ENGINES_TREE"

// withEngines runs a command that is told where BuildKit, a new containerd and
// Kubernetes' tools are and, unless the suite is "", where there is a Debian system of a
// suite with its engines. No process is started in it but those that the command starts.
func withEngines(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: vm engines SUITE COMMAND [ARGUMENT...]")
	}
	var env []string
	for _, of := range []func(context.Context) ([]string, error){buildkitEnv, containerdEnv, criToolsEnv} {
		more, err := of(ctx)
		if err != nil {
			return err
		}
		env = append(env, more...)
	}
	if args[0] != "" {
		tree, err := engineTree(ctx, args[0])
		if err != nil {
			return err
		}
		env = append(env, treeVar+"="+tree)
	}
	cmd := gracefully(exec.CommandContext(ctx, args[1], args[2:]...))
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

// engineTree returns the root directory of such a system, which it builds if
// there is none.
func engineTree(ctx context.Context, suite string) (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	packages := words(enginePackages)
	dir, err := c.get("engines-"+suite, digest(suite, strings.Join(packages, " ")), func(dir string) error {
		if os.Geteuid() != 0 {
			return errors.New("building a tree with engines needs root")
		}
		defer progress("building Debian %s with its engines", suite)()
		// A Release file of sid is valid for a week, and a mirror may be older.
		return bootstrap(ctx, suite, packages, filepath.Join(dir, "tree"), `--aptopt=Acquire::Check-Valid-Until "false";`)
	})
	return filepath.Join(dir, "tree"), err
}

// bootstrap makes a directory a Debian system with these packages besides
// the essential ones. more are options of mmdebstrap.
func bootstrap(ctx context.Context, suite string, packages []string, tree string, more ...string) error {
	cmd, err := mmdebstrap(ctx, suite, packages, tree, more...)
	if err != nil {
		return err
	}
	return quietly(cmd)
}

// mmdebstrap returns the command of bootstrap.
func mmdebstrap(ctx context.Context, suite string, packages []string, tree string, more ...string) (*exec.Cmd, error) {
	apt, err := aptOf(ctx)
	if err != nil {
		return nil, err
	}
	args := append(apt.arguments(),
		"--mode=root", "--format=directory", "--variant=minbase",
		"--include="+strings.Join(packages, ","),
		"--dpkgopt=force-unsafe-io",
		"--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--dpkgopt=path-exclude=/usr/lib/udev/hwdb.d/*") // compiled for a minute where programs are emulated
	cmd := exec.CommandContext(ctx, "mmdebstrap", append(append(args, more...), suite, tree, apt.mirror)...)
	cmd.Env = append(os.Environ(),
		"INITRD=No", // setup.sh makes a smaller one
		// Debian's own python, which mmdebstrap starts for every package, and
		// none that starts more slowly (pyenv's takes a third of a second).
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	// All that it starts and mounts ends with it, however it ends.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWPID,
		Unshareflags: syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	}
	return cmd, nil
}

// words returns the words of a list of packages but for its comments.
func words(list string) []string {
	var names []string
	for line := range strings.Lines(list) {
		if !strings.HasPrefix(line, "#") {
			names = append(names, strings.Fields(line)...)
		}
	}
	return names
}
