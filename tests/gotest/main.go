// Gotest runs go test as "make test" does, with the reasons for all skipped
// tests in the end: a test that did not run is no test that passed.
//
// usage: go run ./tests/gotest [-title TITLE] [-v] -- ARGUMENTS OF GO TEST
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/oci-rt/rt/tests/report"
)

func main() {
	title := flag.String("title", "tests", "what the counts are of")
	goCommand := flag.String("go", "go", "the go command")
	verbose := flag.Bool("v", false, "show what all tests say")
	flag.Parse()
	cmd := exec.Command(*goCommand, append([]string{"test", "-json"}, flag.Args()...)...)
	cmd.Stderr = os.Stderr
	// Ctrl-C is for the tests, which clean up and end.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	err := report.Run(cmd, *title, report.Options{Verbose: *verbose})
	if err == nil {
		return
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println("FAIL")
	os.Exit(1)
}
