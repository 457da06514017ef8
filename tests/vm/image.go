package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed packages.txt
var packages string

//go:embed setup.sh
var setup string

// image is a guest's disk as it was built, with its kernel.
type image struct {
	dir    string
	digest string
	key    string // the SSH key that logs in
}

func (i *image) path(name string) string { return filepath.Join(i.dir, name) }

// openImage opens the cache and returns the image of a kernel from there.
func openImage(ctx context.Context, cfg config) (*cache, *image, error) {
	c, err := openCache()
	if err != nil {
		return nil, nil, err
	}
	img, err := c.image(ctx, cfg)
	return c, img, err
}

// image returns the image of a kernel's Debian release for an architecture, which it
// builds if there is none.
func (c *cache) image(ctx context.Context, cfg config) (*image, error) {
	key, err := c.key(ctx)
	if err != nil {
		return nil, err
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		return nil, err
	}
	names, suite := cfg.packageNames(), cfg.kernel.suite
	i := &image{digest: digest(suite, strings.Join(names, " "), setup, string(public)), key: key}
	i.dir, err = c.get("image-"+cfg.arch.prefix()+suite, i.digest, func(dir string) error {
		if os.Geteuid() != 0 {
			return errors.New("building a guest's disk needs root, this once")
		}
		defer progress("building the disk of Debian %s, %s", suite, cfg.arch.debian)()
		return buildImage(ctx, cfg.arch, suite, names, dir, key+".pub")
	})
	return i, err
}

// buildImage makes disk.img, vmlinuz and initrd.img in dir.
func buildImage(ctx context.Context, a arch, suite string, packages []string, dir, key string) error {
	tree := filepath.Join(dir, "tree")
	script := filepath.Join(dir, "setup.sh")
	if err := os.WriteFile(script, []byte(setup), 0o755); err != nil {
		return err
	}
	hook := fmt.Sprintf("--customize-hook='%s' \"$1\" '%s' '%s'", script, dir, key)
	options := []string{"--architectures=" + a.debian, hook}
	if a.foreign() {
		options = append(options, fewerModules()...)
	}
	cmd, err := mmdebstrap(ctx, suite, packages, tree, options...)
	if err != nil {
		return err
	}
	if a.foreign() {
		a.emulatePrograms(cmd)
	}
	if err := quietly(cmd); err != nil {
		return err
	}
	if err := buildDisk(ctx, tree, filepath.Join(dir, "disk.img")); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(tree), os.Remove(script))
}

// fewerModules are options that leave drivers out which no guest has a use for. To unpack
// and index all of them takes emulated programs minutes.
func fewerModules() []string {
	var options []string
	for _, dir := range []string{"gpu", "iio", "media", "net/ethernet", "net/wireless", "scsi", "staging", "usb"} {
		options = append(options, "--dpkgopt=path-exclude=*/kernel/drivers/"+dir+"/*")
	}
	return append(options, "--dpkgopt=path-exclude=*/kernel/sound/*")
}

// buildDisk makes a file system of a directory, without mounting anything. The
// file is sparse. It needs no journal: no guest starts from it twice.
func buildDisk(ctx context.Context, tree, disk string) error {
	if err := os.WriteFile(disk, nil, 0o644); err != nil {
		return err
	}
	if err := os.Truncate(disk, 4<<30); err != nil {
		return err
	}
	return quietly(exec.CommandContext(ctx, "mkfs.ext4", "-q", "-F",
		"-O", "^has_journal", "-E", "lazy_itable_init=0", "-d", tree, disk))
}

// packageNames returns the kernel's package and the words of packages.txt, but for what
// the release has not.
func (c config) packageNames() []string {
	lacks := slices.Concat(c.kernel.lacks, c.arch.lacks)
	names := append([]string{c.arch.kernel}, words(packages)...)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(lacks, name) })
}

// progress says what takes long, again and again until the function that it
// returns is called.
func progress(format string, args ...any) (done func()) {
	what := fmt.Sprintf(format, args...)
	say("%s …", what)
	start := time.Now()
	stop := make(chan struct{})
	go func() {
		tick := time.NewTicker(15 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				say("%s … %.0f s", what, time.Since(start).Seconds())
			case <-stop:
				return
			}
		}
	}()
	return func() {
		close(stop)
		say("%s: %.1f s", what, time.Since(start).Seconds())
	}
}
