// Fuzz runs every fuzz target of a module for some time, one after another, as "make fuzz"
// does, and notes how long that was.
//
// usage: go run ./tests/fuzz [-time DURATION] [-run REGEXP] [-into FILE] [DIRECTORY]
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/oci-rt/rt/tests/reliability"
)

// options are those of the command line.
type options struct {
	time    time.Duration
	run     *regexp.Regexp
	into    string
	workers string
}

func main() {
	var o options
	flag.DurationVar(&o.time, "time", 10*time.Second, "how long each target runs")
	run := flag.String("run", "", "which targets: a regular expression for PACKAGE.TARGET")
	flag.StringVar(&o.into, "into", "", "the `FILE` of figures to note it in")
	flag.StringVar(&o.workers, "workers", "", "how many workers at once (go test -parallel)")
	flag.Parse()
	o.run = regexp.MustCompile(*run)
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	if err := fuzz(root, o); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

// target is a fuzz target: its package's directory in the module, and its name.
type target struct{ dir, name string }

func (t target) String() string { return t.dir + "." + t.name }

var declaration = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// targets lists those of the module at root, which has others below it.
func targets(root string) (list []target, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, other := os.Stat(filepath.Join(path, "go.mod"))
			if path != root && other == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range declaration.FindAllSubmatch(text, -1) {
			dir, _ := filepath.Rel(root, filepath.Dir(path))
			list = append(list, target{dir, string(m[1])})
		}
		return err
	})
	return list, err
}

func fuzz(root string, o options) error {
	list, err := targets(root)
	if err != nil {
		return err
	}
	var failed error
	for _, t := range list {
		if !o.run.MatchString(t.String()) {
			continue
		}
		fmt.Println(t)
		begin := time.Now()
		executions, err := t.run(root, o)
		if err == nil && o.into != "" {
			err = reliability.NoteFuzzing(o.into, t.String(), executions, time.Since(begin))
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%v: %w", t, err))
		}
	}
	return failed
}

// run runs a target, and returns how many inputs it had.
func (t target) run(root string, o options) (executions int, err error) {
	// Without a limit a worker makes one large input smaller for a minute.
	args := []string{"test", "-run", "^$", "-fuzz", "^" + t.name + "$", "-fuzztime", o.time.String(), "-fuzzminimizetime", "1s"}
	if o.workers != "" {
		args = append(args, "-parallel", o.workers)
	}
	var out bytes.Buffer
	cmd := exec.Command("go", append(args, "./"+t.dir)...)
	cmd.Dir = root
	cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &out), os.Stderr
	err = cmd.Run()
	return executionsOf(out.String()), err
}

var progress = regexp.MustCompile(`execs: (\d+)`)

// executionsOf reads the last number that go test has told of.
func executionsOf(output string) (n int) {
	for _, m := range progress.FindAllStringSubmatch(output, -1) {
		n, _ = strconv.Atoi(m[1])
	}
	return n
}
