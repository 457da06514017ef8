package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// containerdVar names the directory with containerd's programs: see tests/engines.
const containerdVar = "TEST_ENGINES_CONTAINERD"

// containerdVersion is what the shim is tested with besides the distribution's, which
// is old.
const containerdVersion = "v2.4.2"

// containerd returns the directory with containerd, ctr and containerd's own shim, which
// it builds from the Go module proxy if they are not there.
func containerd(ctx context.Context) (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	return c.get("containerd", digest(runtime.Version(), runtime.GOARCH, containerdVersion, "shim"), func(dir string) error {
		defer progress("building containerd %s, once (a minute of two processors, 100 MB in %s)", containerdVersion, c.dir)()
		const programs = "github.com/containerd/containerd/v2/cmd/"
		cmd := exec.CommandContext(ctx, "go", "install", "-trimpath", "-ldflags", "-s -w")
		for _, program := range []string{"containerd", "ctr", "containerd-shim-runc-v2"} {
			cmd.Args = append(cmd.Args, programs+program+"@"+containerdVersion)
		}
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

// withContainerd becomes a command that is told where containerd is: so a signal finds
// that command, and its end is this program's.
func withContainerd(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: vm containerd COMMAND [ARGUMENT...]")
	}
	dir, err := containerd(ctx)
	if err != nil {
		return err
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	return os.NewSyscallError("execve "+path, unix.Exec(path, args, append(os.Environ(), containerdVar+"="+dir)))
}
