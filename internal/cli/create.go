package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

func (r *rt) createCommand() *cli.Command {
	var o createOptions
	return &cli.Command{
		Name:      "create",
		ArgsUsage: "ID",
		Usage:     "create a container, which then waits for start",
		Flags:     o.flags(),
		Action: func(c *cli.Context) error {
			cfg, err := r.config(c.Args().First(), &o, true)
			if err != nil {
				return err
			}
			p, err := r.store.Create(context.Background(), cfg)
			if err == nil {
				p.Close()
			}
			r.writeTrace(&o.trace, err)
			return err
		},
	}
}

// createOptions are the flags that create and run share.
type createOptions struct {
	bundle, pidFile string
	sockets         socketOptions
	preserveFDs     int
	noNewKeyring    bool
	noPivot         bool
	trace           traceOptions
}

func (o *createOptions) flags() []cli.Flag {
	return append(o.sockets.flags(),
		o.trace.flag(),
		&cli.StringFlag{Name: "bundle", TakesFile: true, Aliases: []string{"b"}, Usage: bundleUsage, Destination: &o.bundle},
		&cli.StringFlag{Name: "pid-file", TakesFile: true, Usage: "write the pid of the container's init process to `FILE`", Destination: &o.pidFile},
		&cli.IntFlag{Name: "preserve-fds", Usage: preserveUsage, Destination: &o.preserveFDs},
		&cli.BoolFlag{Name: "no-new-keyring", Usage: "keep rt's session keyring instead of making a new one for the container", Destination: &o.noNewKeyring},
		&cli.BoolFlag{Name: "no-pivot", Usage: noPivotUsage, Destination: &o.noPivot},
	)
}

const noPivotUsage = "do not use pivot_root(2), for a host whose root is its initramfs"

const bundleUsage = "the bundle is in `DIR` (default: the current directory)"

// config returns what create and run make a container from. detach says that rt
// does not wait for the container's end.
func (r *rt) config(id string, o *createOptions, detach bool) (libcontainer.Config, error) {
	var cfg libcontainer.Config
	if err := spec.ValidID(id); err != nil {
		return cfg, err
	}
	if err := o.trace.begin(&r.store); err != nil {
		return cfg, err
	}
	bundle, err := bundleDir(o.bundle)
	if err != nil {
		return cfg, err
	}
	s, text, err := spec.LoadText(bundle)
	if err != nil {
		return cfg, err
	}
	r.log.debugf("read the configuration of the bundle %s", bundle)
	if err := o.sockets.checkTerminal(s.Process, detach); err != nil {
		return cfg, err
	}
	showTerminal(s.Process, detach)
	for _, w := range spec.Warnings(s) {
		r.log.warn(errors.New(w.String()))
	}
	pidFile, err := absolute("--pid-file", o.pidFile)
	if err != nil {
		return cfg, err
	}
	files, env, err := containerFiles(o.preserveFDs)
	if err != nil {
		return cfg, err
	}
	keepInherited() // not earlier: preservedFiles takes a descriptor that closes on execve(2) for rt's own
	s.Process.Env = append(s.Process.Env, env...)
	if err := o.trace.open("read the configuration of the bundle"); err != nil {
		return cfg, err
	}
	return libcontainer.Config{
		ID:      id,
		Bundle:  bundle,
		Spec:    s,
		Text:    text,
		PidFile: pidFile,
		Stdio:   [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
		Files:   files,
		Sockets: o.sockets.paths(),
		Manager: serviceManager(),

		ShowsTerminal: !detach,

		NoNewKeyring: o.noNewKeyring,
		NoPivot:      o.noPivot,
		Warn:         r.log.warn,
		Trace:        o.trace.recorder,
	}, nil
}

// bundleDir returns the absolute path of the bundle.
func bundleDir(path string) (string, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("--bundle: %w", err)
	}
	return dir, nil
}
