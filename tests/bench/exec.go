package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"os/exec"
)

// seccompProfile has the structure and the size of Docker's default profile for
// amd64.
//
//go:embed seccomp.json
var seccompProfile []byte

// measureExec runs a container of each runtime, whose program waits for ever,
// measures "exec /bin/true" in it, and deletes it.
func (w *workplace) measureExec(ctx context.Context, rounds int, list []*candidate, seccomp bool) ([]figures, error) {
	var running []*candidate
	for _, c := range list {
		if c.root == "" {
			continue // the floor
		}
		r, err := w.newRunning(c, seccomp)
		if err != nil {
			return nil, err
		}
		defer r.timed(r.command("delete", "--force", r.id)...)
		if _, err := r.timed(r.command("run", "--detach", "--bundle", r.bundle, r.id)...); err != nil {
			return nil, err
		}
		running = append(running, r)
	}
	return measureAll(ctx, rounds, running, (*candidate).exec)
}

// newRunning makes a bundle of a container of the same runtime that runs until
// it is killed.
func (w *workplace) newRunning(c *candidate, seccomp bool) (*candidate, error) {
	r := *c
	r.id += "-exec"
	if seccomp {
		r.id += "-seccomp"
	}
	cgroup := "/" + r.id
	var profile any
	if err := json.Unmarshal(seccompProfile, &profile); err != nil {
		return nil, err
	}
	bundle, err := w.MakeBundle(r.id, cgroup, func(spec map[string]any) {
		spec["process"].(map[string]any)["args"] = []string{"/bin/pause"}
		if seccomp {
			spec["linux"].(map[string]any)["seccomp"] = profile
		}
	})
	r.bundle = bundle
	w.Undo(func() {
		exec.Command(r.path, r.command("delete", "--force", r.id)...).Run()
		w.Cgroups.Remove(cgroup)
	})
	return &r, err
}

// exec executes /bin/true in the running container.
func (c *candidate) exec() (sample, error) { return c.timed(c.command("exec", c.id, "/bin/true")...) }
