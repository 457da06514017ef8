package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/oci-rt/rt/internal/waiting"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/trace"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

// traceOptions is the flag of the commands whose start can be traced, and the
// trace.
type traceOptions struct {
	path     string
	write    func(*trace.Trace, io.Writer) error
	recorder *trace.Recorder // or nil
	file     *os.File        // or nil: the trace goes to stderr
}

func (o *traceOptions) flag() cli.Flag {
	return &cli.StringFlag{
		Name: "trace", TakesFile: true, Destination: &o.path,
		Usage: "write how long each step of the start took to `FILE`: .json for Perfetto, .html for a browser, or - for a table on stderr",
	}
}

// begin begins the trace, if one is wanted, of what is done with store.
func (o *traceOptions) begin(store *libcontainer.Store) error {
	switch ext := filepath.Ext(o.path); {
	case o.path == "":
		return nil
	case o.path == "-":
		o.write = (*trace.Trace).WriteTable
	case ext == ".json":
		o.write = (*trace.Trace).WriteChrome
	case ext == ".html":
		o.write = (*trace.Trace).WriteHTML
	default:
		return fmt.Errorf("--trace: %q (want a file whose name ends in .json or .html, or - for a table on stderr)", o.path)
	}
	o.recorder = trace.New(strings.Join(append([]string{"rt"}, os.Args[1:]...), " "))
	o.debug(store)
	return nil
}

// debug has the trace told what the creator does, besides the debug log.
func (o *traceOptions) debug(store *libcontainer.Store) {
	log := store.Debug
	store.Debug = func(format string, args ...any) {
		if log != nil {
			log(format, args...)
		}
		o.recorder.Did(format, args...)
	}
}

// waits returns a context whose waits the trace tells from what is done.
func (o *traceOptions) waits(ctx context.Context) context.Context {
	if o.recorder == nil {
		return ctx
	}
	return waiting.With(ctx, func(what string) func() {
		o.recorder.Waits()
		return waiting.For(ctx, what)
	})
}

// open opens the file before anything is started, so that nothing is started for
// a trace that could not be written. What is in it stays until there is a trace.
// did says what was done before.
func (o *traceOptions) open(did string) (err error) {
	o.recorder.Did("%s", did)
	if o.recorder == nil || o.path == "-" {
		return nil
	}
	if o.file, err = os.OpenFile(o.path, os.O_WRONLY|os.O_CREATE, 0o644); err != nil {
		return fmt.Errorf("--trace: %w", err)
	}
	return nil
}

// writeTrace writes the trace, if one is wanted. err is how the start ended. A
// trace that cannot be written is no reason to end what was started.
func (r *rt) writeTrace(o *traceOptions, err error) {
	if o.recorder == nil {
		return
	}
	if err != nil {
		failedStep(o.recorder, err)
	}
	if err := o.writeOut(r.log.stderr); err != nil {
		r.log.warn(fmt.Errorf("--trace: %w", err))
	}
}

// failedStep has a trace take down why the start failed, and at which step.
func failedStep(t *trace.Recorder, err error) {
	step, errno := -1, unix.Errno(0)
	if e := new(libcontainer.StepError); errors.As(err, &e) {
		step, errno = e.Step, e.Errno
	}
	t.Failed(err, step, errno)
}

func (o *traceOptions) writeOut(stderr io.Writer) error {
	t := o.recorder.Trace()
	if o.file == nil {
		return o.write(t, stderr)
	}
	defer o.file.Close()
	if err := o.file.Truncate(0); err != nil {
		return err
	}
	return o.write(t, o.file)
}
