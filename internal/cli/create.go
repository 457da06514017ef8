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
			cfg, err := r.config(args[0], &o)
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
	noNewKeyring    bool // nothing to do: rt does not make one yet
}

func (o *createOptions) flags(f *flags) {
	f.string(&o.bundle, "bundle b", bundleUsage)
	f.string(&o.pidFile, "pid-file", "write the pid of the container's first process to `FILE`")
	f.bool(&o.noNewKeyring, "no-new-keyring", "keep the session keyring (rt does not make one yet)")
	f.laterBool("no-pivot")
	f.laterString("console-socket")
	f.laterString("pidfd-socket")
	f.laterString("preserve-fds")
}

const bundleUsage = "the bundle's `DIR`, the current one by default"

// config is what create and run make a container from.
func (r *rt) config(id string, o *createOptions) (libcontainer.Config, error) {
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
	for _, w := range spec.Warnings(s) {
		r.log.warn(errors.New(w.String()))
	}
	pidFile := o.pidFile
	if pidFile != "" {
		if pidFile, err = filepath.Abs(pidFile); err != nil {
			return cfg, fmt.Errorf("--pid-file: %w", err)
		}
	}
	return libcontainer.Config{
		ID:      id,
		Bundle:  bundle,
		Spec:    s,
		Text:    text,
		PidFile: pidFile,
		Stdio:   [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
		Warn:    r.log.warn,
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
