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
		&cli.StringFlag{Name: "image-path", TakesFile: true, Usage: "`DIR` of the image files", Value: "checkpoint", Destination: &o.imagePath},
		&cli.StringFlag{Name: "work-path", TakesFile: true, Usage: "`DIR` of CRIU's log, that of the image files by default", Destination: &o.workPath},
		&cli.BoolFlag{Name: "tcp-established", Usage: "save and restore open TCP connections", Destination: &o.options.TCPEstablished},
		&cli.BoolFlag{Name: "ext-unix-sk", Usage: "let the other end of unix sockets be outside", Destination: &o.options.ExtUnixSk},
		&cli.BoolFlag{Name: "shell-job", Usage: "let the terminal be outside", Destination: &o.options.ShellJob},
		&cli.BoolFlag{Name: "file-locks", Usage: "save and restore file locks", Destination: &o.options.FileLocks},
		&cli.BoolFlag{Name: "lazy-pages", Usage: "let memory follow when it is touched (userfaultfd)", Destination: &o.options.LazyPages},
		&cli.BoolFlag{Name: "auto-dedup", Usage: "remove from older images what newer ones have", Destination: &o.options.AutoDedup},
		&cli.StringFlag{Name: "manage-cgroups-mode", Usage: "`MODE` for cgroups: soft (the default), full, strict or ignore", Destination: &o.cgroupsMode},
		&cli.StringSliceFlag{Name: "empty-ns", Usage: "save nothing of the namespace `TYPE` (network, of which nothing ever is)", Destination: &o.emptyNS, KeepSpace: true},
		&cli.StringFlag{Name: "network-lock", Usage: "`HOW` to hold packets back: iptables, nftables or skip", Destination: &o.networkLock},
	}
}

// images returns what the flags say.
func (o *criuOptions) images() (checkpoint.Images, error) {
	images := checkpoint.Images{Options: o.options}
	// Devices and addresses are the engine's to make, as under runc.
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
