// Conformance runs the validation suite of the Open Container Initiative,
// runtime-tools, on rt or another runtime, as root:
//
//	go run ./tests/conformance -runtime ./rt
//	go run ./tests/conformance -runtime crun -only '^process'
//
// It builds the suite's programs from the module in suite/, runs one after the
// other and prints a table. It fails if a program fails that is not among the
// known ones, or if one that is passes: see known.go and docs/conformance.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.runtime, "runtime", "./rt", "the runtime to test")
	flag.StringVar(&o.suite, "suite", "tests/conformance/suite", "directory of the module that pins the suite")
	flag.StringVar(&o.build, "build", "", "only build the suite, into this directory")
	flag.StringVar(&o.built, "built", "", "directory of a suite that is built already")
	flag.StringVar(&o.only, "only", "", "run only the programs whose names match this regular expression")
	flag.DurationVar(&o.limit, "limit", time.Minute, "how long one program may run")
	flag.BoolVar(&o.verbose, "v", false, "print what programs that fail print")
	flag.Parse()
	if err := inNamespace(func() error { return conform(o) }); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

type options struct {
	runtime, suite, build, built, only string
	limit                              time.Duration
	verbose                            bool
}

func conform(o options) error {
	if o.build != "" {
		return buildSuite(o.suite, o.build)
	}
	if os.Geteuid() != 0 {
		return errors.New("needs root")
	}
	only, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	runtime, err := exec.LookPath(o.runtime)
	if err != nil {
		return err
	}
	if runtime, err = filepath.Abs(runtime); err != nil {
		return err
	}
	w, err := newWorkplace(runtime, o.limit)
	if err != nil {
		return err
	}
	defer w.remove()
	if o.built == "" {
		o.built = w.path("suite")
		if err := buildSuite(o.suite, o.built); err != nil {
			return err
		}
	}
	if o.built, err = filepath.Abs(o.built); err != nil {
		return err
	}
	return w.runAll(o, only)
}

// tries is how often a program may fail. Some race with their containers: killsig
// and kill send a signal as soon as a container runs, to a shell that has not
// come to its trap yet.
const tries = 3

// try runs a program until it passes, unless it is known to fail.
func (w *workplace) try(program string) (result, error) {
	for n := 1; ; n++ {
		r, err := w.run(program)
		if r.tries = n; err != nil || r.failure() == "" || isKnown(r.name) || n == tries {
			return r, err
		}
	}
}

// runAll runs the programs of the suite and prints the table.
func (w *workplace) runAll(o options, only *regexp.Regexp) error {
	names, err := programs(o.built)
	if err != nil {
		return err
	}
	var t table
	for _, name := range names {
		if !only.MatchString(name) {
			continue
		}
		r, err := w.try(filepath.Join(o.built, name))
		if err != nil {
			return err
		}
		t.add(r)
		if o.verbose && r.failure() != "" {
			fmt.Printf("%s\n", r.output)
		}
	}
	t.print(os.Stdout)
	return t.unexpected()
}
