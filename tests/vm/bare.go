package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bareVar names the directory of a Debian system as a newcomer has it: see tests/dist.
const bareVar = "TEST_TREE"

// barePackages are what README asks for besides Go, and what git needs.
var barePackages = []string{"git", "make", "ca-certificates"}

// withTree runs a command that is told where there is a Debian system of a suite with
// git and make. No process is started in it but those that the command starts.
func withTree(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: vm tree SUITE COMMAND [ARGUMENT...]")
	}
	c, err := openCache()
	if err != nil {
		return err
	}
	dir, err := c.get("bare-"+args[0], digest(args[0], strings.Join(barePackages, " ")), func(dir string) error {
		if os.Geteuid() != 0 {
			return errors.New("building a Debian tree needs root")
		}
		defer progress("building a bare Debian %s", args[0])()
		return bootstrap(ctx, args[0], barePackages, filepath.Join(dir, "tree"))
	})
	if err != nil {
		return err
	}
	cmd := gracefully(exec.CommandContext(ctx, args[1], args[2:]...))
	cmd.Env = append(os.Environ(), bareVar+"="+filepath.Join(dir, "tree"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
