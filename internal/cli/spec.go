package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/spec"
)

func (r *rt) specCommand() *command {
	var bundle string
	return &command{
		name:  "spec",
		usage: "write a config.json to start from",
		flags: func(f *flags) {
			f.string(&bundle, "bundle b", "write it to `DIR` instead of the current one")
			f.laterBool("rootless")
		},
		run: func([]string) error { return writeSpec(bundle) },
	}
}

func writeSpec(bundle string) error {
	data, err := json.MarshalIndent(spec.Default(), "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(bundle, "config.json")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: remove it first", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	return errors.Join(err, f.Close())
}
