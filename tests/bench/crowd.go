package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// beginAmong begins what is done beside n live containers of the same peer. They stay
// until the bench ends, and are the same for all that is measured.
func beginAmong(n int, begin begins) begins {
	return func(w *workplace, p *peer) (func() ([]sample, error), error) {
		for i := w.crowd(p); i < n; i++ {
			c, err := w.newContainer(p, fmt.Sprint("crowd", i), plain, "/bin/pause")
			if err != nil {
				return nil, err
			}
			if err := c.run(); err != nil {
				return nil, err
			}
		}
		return begin(w, p)
	}
}

// crowd returns how many containers of a peer there are for beginAmong.
func (w *workplace) crowd(p *peer) int {
	made, _ := filepath.Glob(filepath.Join(p.root, w.Name()+"-"+p.name+"-crowd*"))
	return len(made)
}

// beginStarts runs containers of /bin/true, by several workers at once. The sample is of
// all of them.
func beginStarts(n, workers int) begins {
	return func(w *workplace, p *peer) (func() ([]sample, error), error) {
		var containers []*container
		for range n {
			c, err := w.newContainer(p, name("start"), plain)
			if err != nil {
				return nil, err
			}
			containers = append(containers, c)
		}
		return func() ([]sample, error) { return startAll(containers, workers) }, nil
	}
}

func startAll(containers []*container, workers int) ([]sample, error) {
	queue := make(chan *container, len(containers))
	for _, c := range containers {
		queue <- c
	}
	close(queue)
	samples, errs := make([]sample, workers), make([]error, workers)
	var done sync.WaitGroup
	begin := time.Now()
	for i := range workers {
		done.Go(func() {
			for c := range queue {
				s, err := c.peer.logged(fmt.Sprint(c.peer.log, i)).do("run", "--bundle", c.bundle, c.id)
				samples[i] = samples[i].plus(s)
				errs[i] = cmp.Or(errs[i], err)
			}
		})
	}
	done.Wait()
	all := sample{}.plus(samples...)
	all.wall = time.Since(begin)
	return []sample{all}, cmp.Or(errs...)
}

// processes are those of beginDeleteTree.
const processes = 500

// beginDeleteTree starts a container of many processes and deletes it; only that is
// measured.
func beginDeleteTree(w *workplace, p *peer) (func() ([]sample, error), error) {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(busybox)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(w.Path("rootfs", "bin", "sh"), data, 0o755); err != nil {
		return nil, err
	}
	script := fmt.Sprintf("i=1; while [ $i -lt %d ]; do /bin/pause & i=$((i+1)); done; exec /bin/pause", processes)
	c, err := w.newContainer(p, name("tree"), plain, "/bin/sh", "-c", script)
	if err != nil {
		return nil, err
	}
	return func() ([]sample, error) {
		if err := c.run(); err != nil {
			return nil, err
		}
		if err := w.awaitProcesses(c, processes); err != nil {
			return nil, err
		}
		return one(p.do("delete", "--force", c.id))
	}, nil
}

// awaitProcesses waits until a container has n processes.
func (w *workplace) awaitProcesses(c *container, n int) error {
	file := filepath.Join(w.Cgroups.All()[0], c.id, "cgroup.procs")
	for range 500 {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.Count(string(text), "\n") >= n {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("%s has fewer than %d processes after 10 s", file, n)
}
