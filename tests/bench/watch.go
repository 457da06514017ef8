package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// watch does what a peer does in a round once more under a program that watches its
// commands and writes what it has seen to a file. It returns what is written there.
func (w *workplace) watch(p *peer, round func() ([]sample, error), watcher ...string) (string, error) {
	path, err := exec.LookPath(watcher[0])
	if err != nil {
		return "", err
	}
	file := w.Path(p.name + ".watched")
	defer os.Remove(file)
	p.under = append(append([]string{path}, watcher[1:]...), file)
	defer func() { p.under = nil }()
	if _, err := round(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	return string(text), err
}

// countCalls returns how many system calls a round takes, with those of the init.
func (w *workplace) countCalls(p *peer, round func() ([]sample, error)) (float64, error) {
	text, err := w.watch(p, round, "strace", "--follow-forks", "--summary-only", "--output-append-mode", "--output")
	if err != nil {
		return 0, err
	}
	return totals(text)
}

// peak returns how much memory the largest process of a round has had at most, in KiB.
// What the kernel tells of a child includes what its parent had when it was made: the
// parent is time(1), which is small.
func (w *workplace) peak(p *peer, round func() ([]sample, error)) (float64, error) {
	text, err := w.watch(p, round, "time", "--append", "--format=%M", "--output")
	if err != nil {
		return 0, err
	}
	return largest(text)
}

// largest returns the largest number in the lines of text.
func largest(text string) (float64, error) {
	var most float64
	for line := range strings.Lines(text) {
		n, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			return 0, fmt.Errorf("time says %w", err)
		}
		most = max(most, n)
	}
	return most, nil
}

// totals adds the calls in the last lines of strace's summaries, such as
// "100.00    0.001234           5       237         2 total".
func totals(text string) (float64, error) {
	var sum float64
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 5 || fields[len(fields)-1] != "total" {
			continue
		}
		n, err := strconv.ParseFloat(fields[3], 64)
		if err != nil {
			return 0, fmt.Errorf("strace's total %q: %w", line, err)
		}
		sum += n
	}
	if sum == 0 {
		return 0, fmt.Errorf("strace has no total in %.200q", text)
	}
	return sum, nil
}
