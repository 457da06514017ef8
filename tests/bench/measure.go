package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/oci-rt/rt/tests/measure"
)

// sample is what one command took.
type sample struct {
	wall, cpu time.Duration // cpu: user and system, with the children it waited for
}

// figures sum up the samples of one candidate, in milliseconds.
type figures struct {
	Name   string  `json:"name"`
	Median float64 `json:"wall_median_ms"`
	Min    float64 `json:"wall_min_ms"`
	CPU    float64 `json:"cpu_median_ms"`
	// What the first candidate takes for each unit of this one: the median of
	// the ratios in each round.
	WallRatio float64 `json:"first_to_this_wall"`
	CPURatio  float64 `json:"first_to_this_cpu"`
}

// measureAll runs f on all of list in each round, and returns their figures.
func measureAll(ctx context.Context, rounds int, list []*candidate, f func(*candidate) (sample, error)) ([]figures, error) {
	samples := make([][]sample, len(list))
	err := measure.Rounds(ctx, rounds, len(list), func(i int) error {
		s, err := f(list[i])
		samples[i] = append(samples[i], s)
		return err
	})
	if err != nil {
		return nil, err
	}
	result := make([]figures, len(list))
	for i, c := range list {
		result[i] = sum(c.name, samples[i], samples[0])
	}
	return result, nil
}

// sum returns the figures of a candidate's samples, compared with those of the
// first.
func sum(name string, samples, first []sample) figures {
	f := figures{
		Name:   name,
		Median: medianOf(samples, func(i int) float64 { return ms(samples[i].wall) }),
		CPU:    medianOf(samples, func(i int) float64 { return ms(samples[i].cpu) }),
		Min:    ms(slices.MinFunc(samples, func(a, b sample) int { return int(a.wall - b.wall) }).wall),
	}
	f.WallRatio = medianOf(samples, func(i int) float64 { return ms(first[i].wall) / ms(samples[i].wall) })
	f.CPURatio = medianOf(samples, func(i int) float64 { return ms(first[i].cpu) / max(ms(samples[i].cpu), 0.001) })
	return f
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// medianOf returns the median of value over the rounds.
func medianOf(samples []sample, value func(round int) float64) float64 {
	values := make([]float64, len(samples))
	for i := range values {
		values[i] = value(i)
	}
	return measure.Median(values)
}

// timed runs a command of the candidate and measures it.
func (c *candidate) timed(args ...string) (sample, error) {
	// A file, unlike a pipe, needs nobody to read it and no end to wait for.
	log, err := os.Create(c.log)
	if err != nil {
		return sample{}, err
	}
	defer log.Close()
	cmd := exec.Command(c.path, args...)
	cmd.Stderr = log
	start := time.Now()
	err = cmd.Run()
	s := sample{wall: time.Since(start)}
	if err != nil {
		text, _ := os.ReadFile(c.log)
		return s, fmt.Errorf("%v: %w: %s", cmd, err, bytes.TrimSpace(text))
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return s, nil
}

// run runs a container of /bin/true.
func (c *candidate) run() (sample, error) { return c.timed(c.args...) }

// state asks for the state of the created container.
func (c *candidate) state() (sample, error) { return c.timed(c.command("state", c.id)...) }
