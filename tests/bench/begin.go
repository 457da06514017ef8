package main

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"
)

// begins are what prepares a peer for a workload.
type begins = func(w *workplace, p *peer) (func() ([]sample, error), error)

// one makes samples of one.
func one(s sample, err error) ([]sample, error) { return []sample{s}, err }

// unique tells the containers of a peer apart.
var unique atomic.Int64

func name(of string) string { return fmt.Sprint(of, "-", unique.Add(1)) }

// beginRun runs a container of /bin/true.
func beginRun(edits edit) begins {
	return func(w *workplace, p *peer) (func() ([]sample, error), error) {
		if p.root == "" {
			return func() ([]sample, error) { return one(p.do(p.args...)) }, nil
		}
		c, err := w.newContainer(p, name("run"), edits)
		if err != nil {
			return nil, err
		}
		return func() ([]sample, error) { return one(p.do("run", "--bundle", c.bundle, c.id)) }, nil
	}
}

// beginLife creates, starts and deletes a container that would run for ever.
func beginLife(w *workplace, p *peer) (func() ([]sample, error), error) {
	c, err := w.newContainer(p, name("life"), plain, "/bin/pause")
	if err != nil {
		return nil, err
	}
	return func() ([]sample, error) {
		return inTurn(p, []string{"create", "--bundle", c.bundle, c.id}, []string{"start", c.id}, []string{"delete", "--force", c.id})
	}, nil
}

// inTurn runs commands, and returns a sample of each.
func inTurn(p *peer, commands ...[]string) ([]sample, error) {
	var samples []sample
	for _, args := range commands {
		s, err := p.do(args...)
		if err != nil {
			return nil, err
		}
		samples = append(samples, s)
	}
	return samples, nil
}

// beginRunning starts a container, and does something with it.
func beginRunning(edits edit, do func(*container) ([]sample, error)) begins {
	return func(w *workplace, p *peer) (func() ([]sample, error), error) {
		c, err := w.newContainer(p, name("up"), edits, "/bin/pause")
		if err != nil {
			return nil, err
		}
		if err := c.run(); err != nil {
			return nil, err
		}
		return func() ([]sample, error) { return do(c) }, nil
	}
}

func beginExec(edits edit) begins {
	return beginRunning(edits, func(c *container) ([]sample, error) { return one(c.peer.do("exec", c.id, "/bin/true")) })
}

// beginCommand runs a command whose argument ID stands for a running container's.
func beginCommand(args ...string) begins { return beginCommandOf(plain, args...) }

// beginCommandOf is beginCommand for a container with an edited configuration, or for no
// container if that is nil.
func beginCommandOf(edits edit, args ...string) begins {
	if edits == nil {
		return func(_ *workplace, p *peer) (func() ([]sample, error), error) {
			return func() ([]sample, error) { return one(p.do(args...)) }, nil
		}
	}
	return beginRunning(edits, func(c *container) ([]sample, error) {
		line := slices.Clone(args)
		line[slices.Index(line, "ID")] = c.id
		return one(c.peer.do(line...))
	})
}

func beginPause(w *workplace, p *peer) (func() ([]sample, error), error) {
	return beginRunning(plain, func(c *container) ([]sample, error) {
		return inTurn(p, []string{"pause", c.id}, []string{"resume", c.id})
	})(w, p)
}

// beginCheckpoint saves a running container and restores it.
func beginCheckpoint(w *workplace, p *peer) (func() ([]sample, error), error) {
	return beginRunning(plain, func(c *container) ([]sample, error) {
		images := w.Path("images", c.id)
		defer os.RemoveAll(images)
		if err := os.MkdirAll(images, 0o700); err != nil {
			return nil, err
		}
		saved, err := p.do("checkpoint", "--image-path", images, c.id)
		if err != nil {
			return nil, err
		}
		p.delete(c.id) // crun keeps what it has saved
		restored, err := p.do("restore", "--detach", "--bundle", c.bundle, "--image-path", images, c.id)
		return []sample{saved, restored}, err
	})(w, p)
}
