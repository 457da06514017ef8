// Bench compares shims of containerd: rt's, and containerd's own with crun and with runc.
// It drives each of them as containerd does, over ttrpc, and needs no containerd for that;
// one part runs through a real one.
//
// Everything is measured in interleaved rounds and is to be read as ratios: an absolute
// time says more about the machine than about a shim.
//
// usage, as root: make bench-shim
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/oci-rt/rt/tests/measure"
	"github.com/oci-rt/rt/tests/stage"
	"golang.org/x/sys/unix"
)

// containerdVar names the directory with containerd's programs: see tests/vm.
const containerdVar = "TEST_ENGINES_CONTAINERD"

// options are the command line's.
type options struct {
	rounds     int
	bursts     int           // rounds of what takes long
	memoryPods int           // whose shims are looked at
	further    int           // containers in each of them
	rest       time.Duration // before shims are looked at
	probePods  int           // with a probe each second
	probeTime  time.Duration // of each burst
	starts     int           // of pods, at once
	workers    int           // that start them
	shim       string        // rt's
	crun, runc string
	containerd string // the directory of its programs
	docs       string // where the results go
}

func main() {
	o := options{}
	flag.IntVar(&o.rounds, "rounds", 100, "how often each shim does one thing")
	flag.IntVar(&o.bursts, "bursts", 3, "how often each shim does what takes seconds")
	flag.IntVar(&o.memoryPods, "memory-pods", 10, "shims whose memory is looked at; 0 for none")
	flag.IntVar(&o.further, "further", 4, "containers that are added to each of these")
	// containerd's shim gives memory back each 30 seconds.
	flag.DurationVar(&o.rest, "rest", 33*time.Second, "how long shims rest before their memory is looked at")
	flag.IntVar(&o.probePods, "probe-pods", 100, "pods with an exec probe each second; 0 for none")
	flag.DurationVar(&o.probeTime, "probe-time", 5*time.Second, "how long the probes of one burst go on")
	flag.IntVar(&o.starts, "starts", 64, "pods that are started at once; 0 for none")
	flag.IntVar(&o.workers, "workers", 4, "how many start them")
	flag.StringVar(&o.shim, "shim", "./containerd-shim-rt-v1", "rt's shim")
	flag.StringVar(&o.crun, "crun", "crun", "crun; \"\" for none")
	flag.StringVar(&o.runc, "runc", "runc", "runc; \"\" for none")
	flag.StringVar(&o.containerd, "containerd", os.Getenv(containerdVar), "the directory of containerd's programs; \"\" for none")
	flag.StringVar(&o.docs, "docs", "", "the directory of the documents that the results are written into; \"\" for none")
	flag.Parse()
	// A second Ctrl-C must not end the clean-up either.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-shim:", err)
		os.Exit(1)
	}
}

// run measures, and shows the results.
func run(ctx context.Context, o options) error {
	if os.Geteuid() != 0 {
		return errors.New("containers with cgroups and devices need root")
	}
	if err := stage.WithOwnMounts(); err != nil {
		return err
	}
	r, err := bench(ctx, o)
	if err != nil {
		return err
	}
	if err := r.WriteTable(os.Stdout); err != nil {
		return err
	}
	if o.docs == "" {
		return nil
	}
	if err := r.Publish(o.docs, "bench-shim", "What rt's shim takes of what containerd's shim takes (less is better)"); err != nil {
		return err
	}
	return measure.WriteBrief(o.docs)
}

// lookPath is [exec.LookPath] of a program that may be left out.
func lookPath(name string) (string, error) {
	if name == "" {
		return "", errors.New("left out")
	}
	return exec.LookPath(name)
}
