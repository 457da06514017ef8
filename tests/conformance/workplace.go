package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// workplace is a directory that the programs run in, with all that they leave.
type workplace struct {
	dir     string
	runtime string // the wrapper: see wrap
	limit   time.Duration
}

func newWorkplace(runtime string, limit time.Duration) (*workplace, error) {
	dir, err := os.MkdirTemp("", "rt-conformance-")
	if err != nil {
		return nil, err
	}
	// Containers with a user namespace of their own must get at their files.
	w := &workplace{dir: dir, limit: limit}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	w.runtime, err = w.wrap(runtime)
	return w, err
}

func (w *workplace) path(name string) string { return filepath.Join(w.dir, name) }

func (w *workplace) remove() { _ = w.discard(w.dir) }

// discard removes a directory, and first what is mounted below: nothing may be
// removed from what is mounted there.
func (w *workplace) discard(dir string) error {
	if err := unmountBelow(dir); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// wrap writes the command that programs call as the runtime. It keeps the state
// of their containers in the workplace, so that what is left of them is found.
func (w *workplace) wrap(runtime string) (string, error) {
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' --root '%s' \"$@\"\n", runtime, w.path("containers"))
	path := w.path(filepath.Base(runtime))
	return path, os.WriteFile(path, []byte(script), 0o755)
}

// run runs one program in a directory of its own, to its end or the limit, and
// removes what it left.
func (w *workplace) run(program string) (result, error) {
	r := result{name: filepath.Base(program)}
	dir := w.path("run-" + r.name)
	if err := w.furnish(dir, filepath.Dir(program)); err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), w.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RUNTIME="+w.runtime, "TMPDIR="+dir)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = time.Second // a container may hold the output open
	err := cmd.Run()
	if cmd.ProcessState == nil {
		return r, err
	}
	r.status, r.output, r.timedOut = cmd.ProcessState.ExitCode(), output.String(), ctx.Err() != nil
	r.tap = parseTAP(r.output)
	r.left = w.deleteContainers()
	removeCgroups()
	return r, w.discard(dir)
}

// furnish makes a program's directory, with what it looks for there.
func (w *workplace) furnish(dir, suite string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{runtimetest, rootfs()} {
		data, err := os.ReadFile(filepath.Join(suite, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// deleteContainers deletes the containers that a program left, and returns
// their ids.
func (w *workplace) deleteContainers() []string {
	out, _ := exec.Command(w.runtime, "list", "-q").Output()
	ids := strings.Fields(string(out))
	for _, id := range ids {
		_ = exec.Command(w.runtime, "delete", "--force", id).Run()
	}
	return ids
}
