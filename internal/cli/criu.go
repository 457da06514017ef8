package cli

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oci-rt/rt/checkpoint"
)

// criuOptions are the flags that checkpoint and restore share.
type criuOptions struct {
	imagePath, workPath      string
	cgroupsMode, networkLock string
	emptyNS                  []string
	options                  checkpoint.Options
}

func (o *criuOptions) flags(f *flags) {
	o.imagePath = "checkpoint"
	f.string(&o.imagePath, "image-path", "`DIR` of the image files, checkpoint by default")
	f.string(&o.workPath, "work-path", "`DIR` of CRIU's log, that of the image files by default")
	f.bool(&o.options.TCPEstablished, "tcp-established", "save and restore open TCP connections")
	f.bool(&o.options.ExtUnixSk, "ext-unix-sk", "let the other end of unix sockets be outside")
	f.bool(&o.options.ShellJob, "shell-job", "let the terminal be outside")
	f.bool(&o.options.FileLocks, "file-locks", "save and restore file locks")
	f.bool(&o.options.LazyPages, "lazy-pages", "let memory follow when it is touched (userfaultfd)")
	f.bool(&o.options.AutoDedup, "auto-dedup", "remove from older images what newer ones have")
	f.string(&o.cgroupsMode, "manage-cgroups-mode", "`MODE` for cgroups: soft (the default), full, strict or ignore")
	f.list(&o.emptyNS, "empty-ns", "save nothing of the namespace `TYPE` (network, of which nothing ever is)")
	f.string(&o.networkLock, "network-lock", "`HOW` to hold packets back: iptables, nftables or skip")
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
	for _, ns := range o.emptyNS {
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
