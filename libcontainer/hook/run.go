package hook

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Runner runs hooks.
type Runner struct {
	// Context ends the hooks that run, if it is not nil.
	Context context.Context
	State   specs.State // what hooks read from stdin
	Start   Start
	Output  Files
	Ran     func(h *Hook, pid int) // is told of each hook that has ended well, or nil
}

// Run runs the hooks one after the other. It ends with the first that fails.
func (r *Runner) Run(hooks []Hook) error {
	for i := range hooks {
		if err := r.run(&hooks[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) context() context.Context {
	if r.Context == nil {
		return context.Background()
	}
	return r.Context
}

// RunAll runs all hooks, even if some fail, and returns the errors.
func (r *Runner) RunAll(hooks []Hook) []error {
	var errs []error
	for i := range hooks {
		if err := r.run(&hooks[i]); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// run runs one hook. If it fails, the error contains its output.
func (r *Runner) run(h *Hook) error {
	state, err := stateFile(&r.State)
	if err != nil {
		return fmt.Errorf("%v: %w", h, err)
	}
	defer state.Close()
	out, err := r.Output.open()
	if err != nil {
		return fmt.Errorf("%v: %w", h, err)
	}
	defer out.close()
	pid, err := r.Start(h, [3]*os.File{state, out.stdout, out.stderr})
	if err != nil {
		return err
	}
	err = wait(r.context(), pid, h.limit())
	text := out.finish()
	switch {
	case err == nil:
		if r.Ran != nil {
			r.Ran(h, pid)
		}
		return nil
	case text == "":
		return fmt.Errorf("%v: %w", h, err)
	}
	return fmt.Errorf("%v: %w: %s", h, err, text)
}

// stateFile returns a file with the state as JSON, at its start.
//
// It is not a pipe, because a hook that does not read a large state would keep
// the writer waiting, and give it SIGPIPE in the end. And a hook that is not
// root can open it again as /dev/stdin.
func stateFile(state *specs.State) (*os.File, error) {
	fd, _, err := linux.Memfd("state", unix.MFD_NOEXEC_SEAL)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	f := os.NewFile(uintptr(fd), "state")
	_, err = f.Write(plainjson.Append(nil, state))
	if err == nil {
		_, err = f.Seek(0, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("state: %w", err), f.Close())
	}
	return f, nil
}
