package checkpoint

import (
	"context"
	"os"
)

// DumpOptions say how to save a container.
type DumpOptions struct {
	Images
	Parent       string // the directory of the pre-dump before, from Images.Dir, or ""
	PreDump      bool   // save what memory there is, and let the container go on
	LeaveRunning bool   // let the container go on
	PageServer   *PageServer
	// Status gets a zero byte when a dump with LazyPages waits for who wants
	// the pages, and is closed then, which tells its end. It may be nil.
	Status *os.File
}

// Dump is a container to save.
type Dump struct {
	Container
	DumpOptions
	Pid     int                              // of its first process
	Freezer string                           // the cgroup's directory that freezes it, or ""
	Debug   func(format string, args ...any) // is told what CRIU has come to, or nil
	Streams []string                         // the names of what it was started with: see [StreamNames]
}

// Dump has CRIU save the processes and, unless they are to continue, end them.
// After an error they may be frozen. If ctx ends before, CRIU gives up: see [CRIU.run].
func (c *CRIU) Dump(ctx context.Context, d *Dump) error {
	if err := Check(d.Spec); err != nil {
		return err
	}
	if err := makeImages(d.Images.Dir, d.Spec); err != nil {
		return err
	}
	r, closeDirs, err := d.request()
	if err != nil {
		return err
	}
	defer closeDirs()
	if err := d.describeExternal(r); err != nil {
		return err
	}
	streams, err := externalStreams(d.Streams, d.ShellJob)
	if err != nil {
		return err
	}
	r.External = append(r.External, streams...)
	if err := saveStreams(d.Images.Dir, d.Streams); err != nil {
		return err
	}
	return c.run(ctx, r)
}

func (d *Dump) request() (*request, func(), error) {
	k := kindDump
	if d.PreDump {
		k = kindPreDump
	}
	r, closeDirs, err := d.Container.request(k, &d.Images)
	if err != nil {
		return nil, nil, err
	}
	r.Pid, r.Freezer = d.Pid, d.Freezer
	r.Debug = d.Debug
	r.Parent, r.LeaveRunning, r.PageServer = d.Parent, d.LeaveRunning, d.PageServer
	r.Notify = func(n notification) error { return tellReady(n, d.Status) }
	return r, closeDirs, nil
}

// tellReady tells that CRIU serves the pages of a lazy dump.
func tellReady(n notification, status *os.File) error {
	if n.Step != stepReady || status == nil {
		return nil
	}
	defer status.Close()
	if _, err := status.Write([]byte{0}); err != nil {
		return &OptionError{"Status", err}
	}
	return nil
}
