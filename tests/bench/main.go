// Bench compares rt with crun, runc and a C program that makes the same kernel
// calls: the time and CPU of "run /bin/true", the time of "state", the memory of
// a created container whose init waits for its start, and the time and CPU of
// "exec /bin/true" in a running one, with and without a seccomp filter.
//
// Everything is measured in interleaved rounds, so that what else the machine
// does meets all of them alike, and is to be read as ratios: an absolute time
// says more about the machine than about a runtime.
//
// usage, as root: go run ./tests/bench [-rounds N] [-rt PATH] [-json]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"

	"github.com/oci-rt/rt/tests/stage"
	"golang.org/x/sys/unix"
)

// workplace is the stage that the runtimes are compared on.
type workplace struct{ *stage.Stage }

// options are the command line's.
type options struct {
	rounds int
	rt     string
	json   bool
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 100, "how many times each runtime runs")
	flag.StringVar(&o.rt, "rt", "./rt", "the rt to measure; \"\" for none")
	flag.BoolVar(&o.json, "json", false, "print JSON")
	flag.Parse()
	// A second Ctrl-C must not end the clean-up either.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench measures and prints. Whatever happens, it leaves nothing behind.
func bench(ctx context.Context, o options) (err error) {
	runtime.LockOSThread() // see stage.OwnMounts
	if os.Geteuid() != 0 {
		return fmt.Errorf("containers with cgroups and devices need root")
	}
	s, err := stage.New()
	if err != nil {
		return err
	}
	defer s.Remove()
	w := &workplace{s}
	list, notes, err := w.candidates(o.rt)
	if err != nil {
		return err
	}
	r := result{Rounds: o.rounds, Notes: notes, Programs: map[string]int64{}}
	for _, c := range list {
		r.Programs[c.name] = c.size
	}
	if r.Run, err = measureAll(ctx, o.rounds, list, (*candidate).run); err != nil {
		return err
	}
	if r.Created, r.State, err = measureCreated(ctx, o.rounds, list); err != nil {
		return err
	}
	if r.Exec, err = w.measureExec(ctx, o.rounds, list, false); err != nil {
		return err
	}
	if r.ExecSeccomp, err = w.measureExec(ctx, o.rounds, list, true); err != nil {
		return err
	}
	if o.json {
		return r.writeJSON(os.Stdout)
	}
	return r.writeText(os.Stdout)
}
