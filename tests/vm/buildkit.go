package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// buildkitVar names the directory with BuildKit's programs: see tests/engines.
const buildkitVar = "TEST_ENGINES_BUILDKIT"

// buildkitModule is the module that pins BuildKit. "go install" with a version
// refuses BuildKit, whose own go.mod excludes versions of others.
const buildkitModule = "tests/engines/buildkit"

// buildkit returns the directory with BuildKit's programs, which it builds from the
// Go module proxy if they are not there. They are static, so that they run in a tree
// with another Debian too.
func buildkit(ctx context.Context) (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(buildkitModule, "go.mod"))
	if err != nil {
		return "", err
	}
	return c.get("buildkit", digest(runtime.Version(), runtime.GOARCH, string(mod)), func(dir string) error {
		defer progress("building BuildKit, once (three minutes of two processors, 80 MB in %s)", c.dir)()
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir, "tool")
		cmd.Dir = buildkitModule
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		return quietly(cmd)
	})
}

// buildkitEnv is what tells the tests where BuildKit is. Where it cannot be built, as
// without a network, it says why, and the tests that need it skip.
func buildkitEnv(ctx context.Context) ([]string, error) {
	dir, err := buildkit(ctx)
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	if err != nil {
		say("its tests are skipped: no BuildKit: %v", err)
		return nil, nil
	}
	return []string{fmt.Sprintf("%s=%s", buildkitVar, dir)}, nil
}
