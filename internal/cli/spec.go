package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

func (r *rt) specCommand() *cli.Command {
	var bundle string
	var rootless bool
	return &cli.Command{
		Name:  "spec",
		Usage: "write a default config.json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "bundle", TakesFile: true, Aliases: []string{"b"}, Usage: "write the file to `DIR` (default: the current directory)", Destination: &bundle},
			&cli.BoolFlag{Name: "rootless", Usage: "write a configuration that an ordinary user can run", Destination: &rootless},
		},
		Action: func(*cli.Context) error {
			s := spec.Default()
			if rootless {
				s = spec.Rootless(uint32(os.Geteuid()), uint32(os.Getegid()))
			}
			if !unifiedCgroups() {
				s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == specs.CgroupNamespace })
			}
			return writeSpec(bundle, s)
		},
	}
}

// unifiedCgroups reports whether the host has cgroup v2 alone. runc writes a cgroup
// namespace only there, and on other hosts people and scripts expect none.
func unifiedCgroups() bool {
	var s unix.Statfs_t
	return unix.Statfs("/sys/fs/cgroup", &s) == nil && s.Type == unix.CGROUP2_SUPER_MAGIC
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
