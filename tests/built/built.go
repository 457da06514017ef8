// Package built has the rt that tests run: the one that $RT names, or one that it
// builds.
package built

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Run runs the tests of a package with a binary, and returns the exit status for
// its TestMain. The binary's path is absolute.
func Run(m *testing.M, binary *string) int {
	path, remove, err := find()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	*binary = path
	if err := neverCached(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func find() (path string, remove func(), err error) {
	if path = os.Getenv("RT"); path != "" {
		path, err = filepath.Abs(path)
		return path, func() {}, err
	}
	dir, err := os.MkdirTemp("", "rt-built-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	path = filepath.Join(dir, "rt")
	build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", path, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		remove()
		return "", nil, fmt.Errorf("build rt: %w", err)
	}
	return path, remove, nil
}

// neverCached keeps go test from taking an earlier result for this one: it knows
// nothing of the binary, nor of the sources that this is built from. It saves no
// result of a test that does not log what it reads.
func neverCached() error {
	flag.Parse()
	return flag.Set("test.testlogfile", "")
}
