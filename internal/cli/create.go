package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

func (r *rt) createCommand() *cli.Command {
	return &cli.Command{
		Name:      "create",
		Usage:     "make a container that waits for start",
		ArgsUsage: "ID",
		Flags:     createFlags(),
		Action: func(c *cli.Context) error {
			cfg, err := r.config(c)
			if err != nil {
				return err
			}
			return r.store.Create(cfg)
		},
	}
}

// createFlags are the flags that create and run share.
func createFlags() []cli.Flag {
	return append(laterFlags(),
		&cli.StringFlag{Name: "bundle", Aliases: []string{"b"}, Usage: "the bundle's `DIR`, the current one by default"},
		&cli.StringFlag{Name: "pid-file", Usage: "write the pid of the container's first process to `FILE`"},
		&cli.BoolFlag{Name: "no-new-keyring", Usage: "keep the session keyring (rt does not make one yet)"},
	)
}

// laterFlags exist so that their use is refused with a clear error.
func laterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "no-pivot", Usage: "not supported yet"},
		&cli.StringFlag{Name: "console-socket", Usage: "not supported yet"},
		&cli.StringFlag{Name: "pidfd-socket", Usage: "not supported yet"},
		&cli.IntFlag{Name: "preserve-fds", Usage: "not supported yet"},
	}
}

// config is what create and run make a container from.
func (r *rt) config(c *cli.Context) (libcontainer.Config, error) {
	var cfg libcontainer.Config
	if err := refuseLater(c, "no-pivot", "console-socket", "pidfd-socket", "preserve-fds"); err != nil {
		return cfg, err
	}
	id, err := oneArg(c)
	if err != nil {
		return cfg, err
	}
	if err := spec.ValidID(id); err != nil {
		return cfg, err
	}
	bundle, err := bundleDir(c)
	if err != nil {
		return cfg, err
	}
	s, err := spec.Load(bundle)
	if err != nil {
		return cfg, err
	}
	for _, w := range spec.Warnings(s) {
		r.log.warn(errors.New(w.String()))
	}
	pidFile := c.String("pid-file")
	if pidFile != "" {
		if pidFile, err = filepath.Abs(pidFile); err != nil {
			return cfg, fmt.Errorf("--pid-file: %w", err)
		}
	}
	return libcontainer.Config{
		ID:      id,
		Bundle:  bundle,
		Spec:    s,
		PidFile: pidFile,
		Stdio:   [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
		Warn:    r.log.warn,
	}, nil
}

// bundleDir returns the absolute path of the bundle.
func bundleDir(c *cli.Context) (string, error) {
	dir, err := filepath.Abs(c.String("bundle"))
	if err != nil {
		return "", fmt.Errorf("--bundle: %w", err)
	}
	return dir, nil
}
