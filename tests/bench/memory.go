package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// measureInit looks at the memory of a created container, whose init waits for the
// start, and at the size of the peer's program.
func (w *workplace) measureInit(_ context.Context, r *result) error {
	const title = "a created container whose init waits: "
	rss, pss := r.newMetric(memory, "init_rss", title+"RSS", "KiB"), r.newMetric(memory, "init_pss", title+"PSS", "KiB")
	program := r.newMetric(memory, "program", "the runtime's program, without its libraries", "KiB")
	for i, p := range w.peers {
		c, err := w.newContainer(p, name("init"), plain)
		if err != nil {
			return err
		}
		pidFile := filepath.Join(c.bundle, "pid")
		if _, err := p.do("create", "--bundle", c.bundle, "--pid-file", pidFile, c.id); err != nil {
			return err
		}
		pid, err := os.ReadFile(pidFile)
		if err != nil {
			return err
		}
		sizes, err := sizesOf(string(pid))
		if err != nil {
			return err
		}
		rss.Add(i, sizes["Rss:"])
		pss.Add(i, sizes["Pss:"])
		program.Add(i, float64(p.size/1024))
		p.delete(c.id)
	}
	return nil
}

// sizesOf reads /proc/PID/smaps_rollup: proc_pid_smaps(5), in KiB.
func sizesOf(pid string) (map[string]float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "smaps_rollup"))
	if err != nil {
		return nil, err
	}
	sizes := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] != "kB" {
			continue
		}
		if sizes[fields[0]], err = strconv.ParseFloat(fields[1], 64); err != nil {
			return nil, fmt.Errorf("smaps_rollup: %w", err)
		}
	}
	return sizes, nil
}

// measureSmallest looks for the smallest memory limit that a container of /bin/true runs
// with, in steps of 64 KiB.
func (w *workplace) measureSmallest(ctx context.Context, r *result) error {
	metric := r.newMetric(memory, "smallest", "the smallest memory limit that runs /bin/true", "KiB")
	const step, most = 64 << 10, 1024 // 64 MiB
	for i, p := range w.peers {
		low, high := 0, most // in steps: too small, large enough
		for high-low > 1 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			middle := (low + high) / 2
			if w.runsWith(p, int64(middle)*step) {
				high = middle
			} else {
				low = middle
			}
		}
		if high == most {
			w.note("smallest: %s is left out: it does not run with %d MiB", p.name, most*step>>20)
			continue
		}
		metric.Add(i, float64(high*step/1024))
	}
	return nil
}

// runsWith reports whether a container runs with a memory limit, three times of three.
func (w *workplace) runsWith(p *peer, limit int64) bool {
	c, err := w.newContainer(p, name("small"), func(_ *workplace, spec map[string]any) error {
		resources, _ := linux(spec)["resources"].(map[string]any)
		if resources == nil {
			resources = map[string]any{}
			linux(spec)["resources"] = resources
		}
		resources["memory"] = map[string]any{"limit": limit}
		return nil
	})
	if err != nil {
		return false
	}
	for range 3 {
		if _, err := p.do("run", "--bundle", c.bundle, c.id); err != nil {
			p.delete(c.id)
			return false
		}
	}
	return true
}
