package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// How the session tells "vm exec", which go test starts, where it is.
const (
	sessionVar  = "RT_VM_SESSION"
	checkoutVar = "RT_VM_CHECKOUT"
	userVar     = "RT_VM_USER"
	guestEnvVar = "RT_VM_ENV" // lines of NAME=VALUE for the test
)

// execInGuest runs a test binary that go test has built, in the guest, and
// returns its exit status. It is called in the directory of the test's package.
func execInGuest(args []string) int {
	script, err := guestScript(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vm exec:", err)
		return 1
	}
	cmd := sshCommand(context.Background(), filepath.Join(os.Getenv(sessionVar), "run"), os.Getenv(userVar)+"@guest", script)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "vm exec:", err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// guestScript returns the shell command that runs a test in the guest. An
// ordinary user's test runs in a scope that systemd has delegated to it.
func guestScript(args []string) (string, error) {
	binary, err := workPath(args[0])
	if err != nil {
		return "", err
	}
	dir, err := packageDir()
	if err != nil {
		return "", err
	}
	words := []string{"cd", shellQuote(dir), "&&", "exec"}
	if os.Getenv(userVar) != "root" {
		words = append(words, "systemd-run", "--user", "--scope", "--quiet", "--property=Delegate=yes", "--")
	}
	words = append(words, "env", "TMPDIR=/var/tmp")
	for _, word := range append(strings.Fields(os.Getenv(guestEnvVar)), append([]string{binary}, args[1:]...)...) {
		words = append(words, shellQuote(word))
	}
	return strings.Join(words, " "), nil
}

// workPath returns where the guest finds a file that go test has built. go
// test keeps the directory to itself, so it is opened for the guest's users.
func workPath(path string) (string, error) {
	work := filepath.Join(os.Getenv(sessionVar), "work")
	rel, err := filepath.Rel(work, path)
	if err != nil || strings.HasPrefix(rel, "..") {
		return "", fmt.Errorf("%s is not in %s", path, work)
	}
	build := strings.Split(rel, "/") // go/go-build123/b001/x.test
	if err := os.Chmod(filepath.Join(work, build[0], build[1]), 0o755); err != nil {
		return "", err
	}
	return filepath.Join(guestWork, rel), nil
}

// packageDir returns where the guest finds the directory of the test's package.
func packageDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(os.Getenv(checkoutVar), dir)
	return filepath.Join(guestCheckout, rel), err
}
