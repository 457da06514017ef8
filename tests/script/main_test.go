// Package script tests the built binary: one script for each rule of the
// command line and of the life cycle, named <command>_<case>.txtar.
//
// The scripts are those of testscript, with the commands of commands_test.go
// besides. After each script nothing of it may be left on the machine.
package script

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the rt under test. TestMain sets it.
var binary string

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == counterName {
		fmt.Fprintln(os.Stderr, runCounter(os.Args[1:]))
		os.Exit(counterFailed)
	}
	os.Exit(runTests(m))
}

// runTests runs the tests on the binary named by $RT, or on one that it
// builds.
func runTests(m *testing.M) int {
	binary = os.Getenv("RT")
	if binary == "" {
		dir, err := os.MkdirTemp("", "rt-script-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "rt")
		build := exec.Command("go", "build", "-tags", "urfave_cli_no_docs", "-o", binary, "../..")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build rt:", err)
			return 1
		}
	}
	if err := neverCached(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// neverCached keeps go test from taking an earlier result for this one: it knows
// nothing of the binary, nor of the sources that this is built from. It saves no
// result of a test that does not log what it reads.
func neverCached() error {
	flag.Parse()
	return flag.Set("test.testlogfile", "")
}
