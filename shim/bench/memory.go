package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/oci-rt/rt/tests/measure"
)

// memory is what a process takes, in KiB.
type memory struct{ pss, private, rss, threads float64 }

// measureMemory looks at shims that rest: pods with one container each, and what each
// further container adds. What a shim maps is shared with those of the same peer.
func (w *workplace) measureMemory(ctx context.Context, r *result) error {
	if w.o.memoryPods == 0 {
		return nil
	}
	say("memory of %d shims of each", w.o.memoryPods)
	groups, err := w.startGroups(ctx, "memory", w.o.memoryPods)
	if err != nil {
		return err
	}
	for _, pods := range groups {
		defer w.stopAll(pods)
	}
	if err := w.look(ctx, groups, r.newMemoryMetrics("memory", "a shim with one container")); err != nil || w.o.further == 0 {
		return err
	}
	for _, pods := range groups {
		if err := w.addContainers(ctx, pods); err != nil {
			return err
		}
	}
	return w.look(ctx, groups, r.newMemoryMetrics("memory_more", fmt.Sprintf("a shim with %d containers", 1+w.o.further)))
}

// startGroups starts n pods of each peer, and returns those of each.
func (w *workplace) startGroups(ctx context.Context, name string, n int) ([][]*pod, error) {
	var groups [][]*pod
	for _, peer := range w.peers {
		pods, err := w.newPods(peer, name, n)
		if err == nil {
			err = inParallel(w.o.workers, pods, func(p *pod) error { return p.start(ctx) })
		}
		if err != nil {
			return nil, err
		}
		groups = append(groups, pods)
	}
	return groups, nil
}

func (w *workplace) newPods(peer *peer, name string, n int) ([]*pod, error) {
	var pods []*pod
	for i := range n {
		p, err := w.newPod(peer, fmt.Sprintf("%s-%d", name, i))
		if err != nil {
			return nil, err
		}
		pods = append(pods, p)
	}
	return pods, nil
}

// addContainers adds further containers to each pod.
func (w *workplace) addContainers(ctx context.Context, pods []*pod) error {
	for _, p := range pods {
		for i := range w.o.further {
			id := fmt.Sprintf("%s-more-%d", p.id, i)
			bundle, err := w.bundle(p.peer, id, "/bin/pause")
			if err == nil {
				err = p.add(ctx, id, bundle)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// look lets the shims rest and looks at each of them.
func (w *workplace) look(ctx context.Context, groups [][]*pod, m memoryMetrics) error {
	select {
	case <-time.After(w.o.rest):
	case <-ctx.Done():
		return ctx.Err()
	}
	for i, pods := range groups {
		for _, p := range pods {
			found, err := memoryOf(p.pid)
			if err != nil {
				return err
			}
			m.add(i, found)
		}
	}
	return nil
}

// memoryMetrics are those of a memory.
type memoryMetrics struct{ pss, private, rss, threads *measure.Metric }

func (r *result) newMemoryMetrics(key, title string) memoryMetrics {
	return memoryMetrics{
		pss:     r.newMetric(key+"_pss", title+": PSS", "KiB"),
		private: r.newMetric(key+"_private", title+": private", "KiB"),
		rss:     r.newMetric(key+"_rss", title+": RSS", "KiB"),
		threads: r.newMetric(key+"_threads", title+": threads", ""),
	}
}

func (m memoryMetrics) add(peer int, found memory) {
	m.pss.Add(peer, found.pss)
	m.private.Add(peer, found.private)
	m.rss.Add(peer, found.rss)
	m.threads.Add(peer, found.threads)
}

// memoryOf reads what a process takes (proc(5), smaps_rollup: Linux 4.14).
func memoryOf(pid int) (memory, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	maps, err := fieldsOf(dir + "smaps_rollup")
	if err != nil {
		return memory{}, err
	}
	status, err := fieldsOf(dir + "status")
	return memory{
		pss:     maps["Pss"],
		private: maps["Private_Clean"] + maps["Private_Dirty"],
		rss:     maps["Rss"],
		threads: status["Threads"],
	}, err
}

// fieldsOf reads the numbers of a file of lines "Name: number".
func fieldsOf(path string) (map[string]float64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fields := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		words := strings.Fields(value)
		if len(words) == 0 {
			continue
		}
		if n, err := strconv.ParseFloat(words[0], 64); err == nil {
			fields[name] = n
		}
	}
	return fields, nil
}
