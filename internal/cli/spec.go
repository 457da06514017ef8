package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/spec"
	"github.com/urfave/cli/v2"
)

func specCommand() *cli.Command {
	return &cli.Command{
		Name:  "spec",
		Usage: "write a config.json to start from",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "bundle", Aliases: []string{"b"}, Usage: "write it to `DIR` instead of the current one"},
			&cli.BoolFlag{Name: "rootless", Usage: "not supported yet"},
		},
		Action: writeSpec,
	}
}

func writeSpec(c *cli.Context) error {
	if err := refuseLater(c, "rootless"); err != nil {
		return err
	}
	if c.Args().Present() {
		return fmt.Errorf("spec: unexpected argument %q", c.Args().First())
	}
	data, err := json.MarshalIndent(spec.Default(), "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(c.String("bundle"), "config.json")
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
