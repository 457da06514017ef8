package soak

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/tests/built"
)

// binary is the rt under test. TestMain sets it.
var binary string

func TestMain(m *testing.M) {
	os.Exit(World(func() int { return built.Run(m, &binary) }))
}
