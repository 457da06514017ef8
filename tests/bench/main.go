// Bench compares rt with other runtimes, with an older rt, and with a C program that
// makes the same kernel calls: the time of commands, what they cost besides, and the
// memory of containers. The list of workloads is the table of contents: see workload.go.
//
// Everything is measured in interleaved rounds, so that what else the machine does meets
// all of them alike, and is to be read as ratios: an absolute time says more about the
// machine than about a runtime. Counts of page faults, switches and system calls say
// more on a busy machine, and on an emulated one.
//
// usage, as root: go run ./tests/bench [-rounds N] [-rt PATH] [-peers "crun runc"] [-only REGEXP] [-docs DIR]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/tests/measure"
	"github.com/oci-rt/rt/tests/stage"
	"golang.org/x/sys/unix"
)

// options are the command line's.
type options struct {
	rounds int
	bursts int    // rounds of what takes a second
	starts int    // at once
	crowds []int  // how many live containers there are beside what is measured
	rt     string // "" for none
	peers  []string
	only   *regexp.Regexp
	counts bool   // leave out what is measured in time
	docs   string // where the results go, "" for nowhere
}

func main() {
	o := options{}
	var peers, crowds, only string
	flag.IntVar(&o.rounds, "rounds", 100, "how often each runtime does one thing")
	flag.IntVar(&o.bursts, "bursts", 5, "how often each runtime does what takes long")
	flag.IntVar(&o.starts, "starts", 64, "how many containers several workers start at once")
	flag.StringVar(&crowds, "crowds", "1 100 1000", "numbers of live containers beside which list and run are measured")
	flag.StringVar(&o.rt, "rt", "./rt", "the rt to measure; \"\" for none")
	flag.StringVar(&peers, "peers", "crun runc", "what it is compared with: programs, by name or path")
	flag.StringVar(&only, "only", "", "measure only workloads whose keys match")
	flag.BoolVar(&o.counts, "counts", false, "print no times")
	flag.StringVar(&o.docs, "docs", "", "the directory of the documents that the results are written into; \"\" for none")
	flag.Parse()
	o.peers = strings.Fields(peers)
	// A second Ctrl-C must not end the clean-up either.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	if err := o.parse(crowds, only); err != nil {
		exit(err)
	}
	if err := run(ctx, o); err != nil {
		exit(err)
	}
}

func exit(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// parse reads the values of flags that have a syntax of their own.
func (o *options) parse(crowds, only string) (err error) {
	for _, word := range strings.Fields(crowds) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("-crowds: %w", err)
		}
		o.crowds = append(o.crowds, n)
	}
	o.only, err = regexp.Compile(only)
	return err
}

// run measures, and shows the results.
func run(ctx context.Context, o options) error {
	if os.Geteuid() != 0 {
		return errors.New("containers with cgroups and devices need root")
	}
	if err := stage.WithOwnMounts(); err != nil {
		return err
	}
	s, err := stage.New()
	if err != nil {
		return err
	}
	defer s.Remove()
	r, err := bench(ctx, s, o)
	if err != nil {
		return err
	}
	if err := r.WriteTable(os.Stdout); err != nil {
		return err
	}
	if o.docs == "" {
		return nil
	}
	if err := r.Publish(o.docs, "bench", "What rt takes of the time that others take (less is better)"); err != nil {
		return err
	}
	return measure.WriteBrief(o.docs)
}

// bench measures everything on a stage, and leaves nothing outside of it.
func bench(ctx context.Context, s *stage.Stage, o options) (*result, error) {
	w := &workplace{Stage: s, o: o}
	if err := w.prepare(); err != nil {
		return nil, err
	}
	r := w.newResult()
	for _, work := range w.workloads() {
		if !o.only.MatchString(work.key) {
			continue
		}
		say("%s", work.key)
		if err := w.measure(ctx, r, work); err != nil {
			return nil, fmt.Errorf("%s: %w", work.key, err)
		}
	}
	for _, part := range []struct {
		key     string
		measure func(context.Context, *result) error
	}{{"init", w.measureInit}, {"smallest", w.measureSmallest}} {
		if !o.only.MatchString(part.key) {
			continue
		}
		say("%s", part.key)
		if err := part.measure(ctx, r); err != nil {
			return nil, fmt.Errorf("%s: %w", part.key, err)
		}
	}
	r.finish()
	return r, nil
}

// say prints a line of progress.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
