package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Files of the suite that are no tests: the program that tests run in
// containers, and the containers' root file system.
const runtimetest = "runtimetest"

func rootfs() string { return "rootfs-" + runtime.GOARCH + ".tar.gz" }

// module is where the suite comes from.
const module = "github.com/opencontainers/runtime-tools"

// buildSuite builds the tools of the Go module in dir, which are the programs of the
// suite, and puts the root file system beside them.
func buildSuite(dir, into string) error {
	into, err := filepath.Abs(into)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	if _, err := goCommand(dir, "build", "-o", into, "tool"); err != nil {
		return err
	}
	source, err := goCommand(dir, "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(source), rootfs()))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(into, rootfs()), data, 0o644)
}

// goCommand runs the go command in a directory. The programs must be static,
// to run in a root file system that is not this machine's.
func goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

// programs returns the names of the tests of a suite that has been built.
func programs(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Name() != runtimetest && e.Name() != rootfs() {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no programs", dir)
	}
	return names, nil
}
