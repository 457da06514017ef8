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

// criToolsVar names the directory with Kubernetes' tools for runtimes: see tests/engines.
const criToolsVar = "TEST_ENGINES_CRITOOLS"

const (
	criTools        = "sigs.k8s.io/cri-tools"
	criToolsVersion = "v1.37.0"
)

// criToolsDir returns the directory with crictl and critest, which it builds from the Go
// module proxy if they are not there. critest is a test, which "go install" does not
// build, so that both are built in a module that requires theirs.
func criToolsDir(ctx context.Context) (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	return c.get("critools", digest(runtime.Version(), runtime.GOARCH, criToolsVersion), func(dir string) error {
		defer progress("building crictl and critest %s, once (a minute of two processors, 60 MB in %s)", criToolsVersion, c.dir)()
		module, err := os.MkdirTemp("", "rt-critools-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(module)
		for _, args := range [][]string{
			{"mod", "init", "critools"},
			{"get", "-t", criTools + "/cmd/critest@" + criToolsVersion},
			{"build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "crictl"), criTools + "/cmd/crictl"},
			{"test", "-c", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "critest"), criTools + "/cmd/critest"},
		} {
			cmd := exec.CommandContext(ctx, "go", args...)
			cmd.Dir = module
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
			if err := quietly(cmd); err != nil {
				return err
			}
		}
		return nil
	})
}

// criToolsEnv is what tells the tests where they are: see containerdEnv.
func criToolsEnv(ctx context.Context) ([]string, error) {
	dir, err := criToolsDir(ctx)
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	if err != nil {
		say("its tests are skipped: no crictl %s: %v", criToolsVersion, err)
		return nil, nil
	}
	return []string{fmt.Sprintf("%s=%s", criToolsVar, dir)}, nil
}
