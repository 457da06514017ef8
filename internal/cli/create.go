package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
)

func (r *rt) createCommand() *command {
	var o createOptions
	return &command{
		name:  "create",
		args:  "ID",
		usage: "make a container that waits for start",
		flags: o.flags,
		run: func(args []string) error {
			cfg, err := r.config(args[0], &o, true)
			if err != nil {
				return err
			}
			return r.store.Create(cfg)
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
}

func (o *createOptions) flags(f *flags) {
	f.string(&o.bundle, "bundle b", bundleUsage)
	f.string(&o.pidFile, "pid-file", "write the pid of the container's first process to `FILE`")
	o.sockets.flags(f)
	f.int(&o.preserveFDs, "preserve-fds", preserveUsage)
	f.bool(&o.noNewKeyring, "no-new-keyring", "let the container have rt's session keyring, not one of its own")
	f.bool(&o.noPivot, "no-pivot", noPivotUsage)
}

const noPivotUsage = "for a host whose root is its initramfs, which pivot_root(2) cannot change"

const bundleUsage = "the bundle's `DIR`, the current one by default"

// config is what create and run make a container from. detach says that rt does
// not wait for its end.
func (r *rt) config(id string, o *createOptions, detach bool) (libcontainer.Config, error) {
	var cfg libcontainer.Config
	if err := spec.ValidID(id); err != nil {
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
	s.Process.Env = append(s.Process.Env, env...)
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

		NoNewKeyring: o.noNewKeyring,
		NoPivot:      o.noPivot,
		Warn:         r.log.warn,
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
