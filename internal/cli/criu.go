package cli

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/urfave/cli/v2"
)

// criuOptions are the flags that checkpoint and restore share.
type criuOptions struct {
	imagePath, workPath      string
	cgroupsMode, networkLock string
	emptyNS                  cli.StringSlice
	options                  checkpoint.Options
}

func (o *criuOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "image-path", TakesFile: true, Usage: "the image files are in `DIR`", Value: "checkpoint", Destination: &o.imagePath},
		&cli.StringFlag{Name: "work-path", TakesFile: true, Usage: "write CRIU's log to `DIR` (default: the value of --image-path)", Destination: &o.workPath},
		&cli.BoolFlag{Name: "tcp-established", Usage: "save and restore open TCP connections", Destination: &o.options.TCPEstablished},
		&cli.BoolFlag{Name: "ext-unix-sk", Usage: "allow unix sockets whose other end is outside the container", Destination: &o.options.ExtUnixSk},
		&cli.BoolFlag{Name: "shell-job", Usage: "allow a terminal that belongs to the host", Destination: &o.options.ShellJob},
		&cli.BoolFlag{Name: "file-locks", Usage: "save and restore file locks", Destination: &o.options.FileLocks},
		&cli.BoolFlag{Name: "lazy-pages", Usage: "transfer memory only when it is used (userfaultfd)", Destination: &o.options.LazyPages},
		&cli.BoolFlag{Name: "auto-dedup", Usage: "remove memory from older images if newer images have it", Destination: &o.options.AutoDedup},
		&cli.StringFlag{Name: "manage-cgroups-mode", Usage: "how CRIU treats cgroups: `MODE` is soft (the default), full, strict or ignore", Destination: &o.cgroupsMode},
		&cli.StringSliceFlag{Name: "empty-ns", Usage: "do not save the namespace `TYPE`; only network is accepted, and rt never saves it", Destination: &o.emptyNS, KeepSpace: true},
		&cli.StringFlag{Name: "network-lock", Usage: "block network packets by `METHOD`: iptables, nftables or skip", Destination: &o.networkLock},
	}
}

// images returns what the flags say.
func (o *criuOptions) images() (checkpoint.Images, error) {
	images := checkpoint.Images{Options: o.options}
	// The engine makes devices and addresses, as under runc.
	images.EmptyNetwork = true
	var err error
	if images.CgroupsMode, err = choose("--manage-cgroups-mode", checkpoint.CgroupsModes(), o.cgroupsMode); err != nil {
		return images, err
	}
	if images.NetworkLock, err = choose("--network-lock", checkpoint.NetworkLocks(), o.networkLock); err != nil {
		return images, err
	}
	for _, ns := range o.emptyNS.Value() {
		if ns != "network" {
			return images, fmt.Errorf("--empty-ns: %q (want network)", ns)
		}
	}
	if images.Dir, err = filepath.Abs(o.imagePath); err != nil {
		return images, fmt.Errorf("--image-path: %w", err)
	}
	images.Log, err = absolute("--work-path", o.workPath)
	return images, err
}

// choose returns the value of a name.
func choose[V any](flag string, values map[string]V, name string) (V, error) {
	v, ok := values[name]
	if !ok {
		names := slices.Sorted(maps.Keys(values))
		return v, fmt.Errorf("%s: %q (want one of %s)", flag, name, strings.Join(names[1:], ", "))
	}
	return v, nil
}
