// Package script tests the built binary: one script for each rule of the
// command line and of the life cycle, named <command>_<case>.txtar.
//
// The scripts are those of testscript, with the commands of commands_test.go
// besides. After each script nothing of it may be left on the machine.
package script

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/tests/built"
	"github.com/oci-rt/rt/tests/reaper"
)

// binary is the rt under test. TestMain sets it.
var binary string

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == counterName {
		fmt.Fprintln(os.Stderr, runCounter(os.Args[1:]))
		os.Exit(counterFailed)
	}
	if filepath.Base(os.Args[0]) == exchangerName {
		fmt.Fprintln(os.Stderr, runExchanger(os.Args[1], os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	if root := os.Getenv(strangerEnv); root != "" {
		beStranger(root)
		return
	}
	os.Exit(reaper.Run(func() int { return built.Run(m, &binary) }))
}
