package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// containerdVar names the directory with containerd's programs: see tests/engines.
const containerdVar = "TEST_ENGINES_CONTAINERD"

// containerdVersion is what the shim is tested with besides the distribution's, which
// is old.
const containerdVersion = "v2.4.2"

// containerd returns the directory with containerd and ctr, which it builds from the Go
// module proxy if they are not there.
func containerd(ctx context.Context) (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	return c.get("containerd", digest(runtime.Version(), runtime.GOARCH, containerdVersion), func(dir string) error {
		defer progress("building containerd %s, once (a minute of two processors, 90 MB in %s)", containerdVersion, c.dir)()
		const programs = "github.com/containerd/containerd/v2/cmd/"
		cmd := exec.CommandContext(ctx, "go", "install", "-trimpath", "-ldflags", "-s -w",
			programs+"containerd@"+containerdVersion, programs+"ctr@"+containerdVersion)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOBIN="+dir)
		return quietly(cmd)
	})
}

// containerdEnv is what tells the tests where it is. Where it cannot be built, as
// without a network, it says why, and the tests that need it skip.
func containerdEnv(ctx context.Context) ([]string, error) {
	dir, err := containerd(ctx)
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	if err != nil {
		say("its tests are skipped: no containerd %s: %v", containerdVersion, err)
		return nil, nil
	}
	return []string{fmt.Sprintf("%s=%s", containerdVar, dir)}, nil
}
