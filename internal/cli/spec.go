package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func (r *rt) specCommand() *command {
	var bundle string
	var rootless bool
	return &command{
		name:  "spec",
		usage: "write a config.json to start from",
		flags: func(f *flags) {
			f.string(&bundle, "bundle b", "write it to `DIR` instead of the current one")
			f.bool(&rootless, "rootless", "write one that an ordinary user may run")
		},
		run: func([]string) error {
			if rootless {
				return writeSpec(bundle, spec.Rootless(uint32(os.Geteuid()), uint32(os.Getegid())))
			}
			return writeSpec(bundle, spec.Default())
		},
	}
}

func writeSpec(bundle string, s *specs.Spec) error {
	path := filepath.Join(bundle, "config.json")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: remove it first", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(plainjson.AppendIndent(nil, s, "\t"), '\n'))
	return errors.Join(err, f.Close())
}
