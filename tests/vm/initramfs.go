package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
)

//go:embed initramfs.sh
var initramfsInit string

//go:embed attack.sh
var initramfsAttack string

// initramfsTimeout bounds what takes 20 seconds on an idle machine.
const initramfsTimeout = 10 * time.Minute

// testInitramfs boots a guest that has nothing but an initramfs and stays in it,
// as some systems do that run from memory. There pivot_root(2) fails, which
// cannot be had in another guest. Its first process is initramfs.sh.
func (s *session) testInitramfs(ctx context.Context, cfg config) error {
	say("%v, in an initramfs", cfg)
	_, img, err := openImage(ctx, cfg)
	if err != nil {
		return err
	}
	archive := filepath.Join(s.dir, "initramfs")
	if err := s.makeInitramfs(archive); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, initramfsTimeout)
	defer cancel()
	options := append(cfg.processor(),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-m", "512M", "-serial", "stdio",
		"-kernel", img.path("vmlinuz"), "-initrd", archive,
		"-append", "console="+cfg.arch.console+" quiet panic=-1 "+forEmulation)
	console, err := exec.CommandContext(ctx, cfg.arch.program(), options...).CombinedOutput()
	if err == nil && !strings.Contains(string(console), "\npassed\r\n") {
		err = errors.New("failed")
	}
	if err != nil {
		return fmt.Errorf("rt in an initramfs: %v\n%s", err, console)
	}
	say("passed")
	return nil
}

// makeInitramfs makes an archive of rt, busybox and the bundles plain and user.
func (s *session) makeInitramfs(archive string) error {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	tree := filepath.Join(s.dir, "tree")
	if err := s.makeSystem(tree, busybox); err != nil {
		return err
	}
	if err := s.makeBundle(filepath.Join(tree, "plain"), busybox, "CAP_SYS_CHROOT"); err != nil {
		return err
	}
	user := filepath.Join(tree, "user")
	if err := s.makeBundle(user, busybox, "CAP_SYS_CHROOT", "CAP_SYS_ADMIN"); err != nil {
		return err
	}
	ids := []any{map[string]int{"containerID": 0, "hostID": 100000, "size": 65536}}
	err = bundle.EditFile(filepath.Join(user, "config.json"),
		bundle.Set{Pointer: "/linux/namespaces/-", Value: map[string]string{"type": "user"}},
		bundle.Set{Pointer: "/linux/uidMappings", Value: ids},
		bundle.Set{Pointer: "/linux/gidMappings", Value: ids})
	if err != nil {
		return err
	}
	file, err := os.Create(archive)
	if err != nil {
		return err
	}
	return errors.Join(writeCPIO(file, tree), file.Close())
}

// makeSystem makes what the guest needs besides bundles.
func (s *session) makeSystem(tree, busybox string) error {
	for _, dir := range []string{"bin", "dev", "proc", "run", "sys", "tmp"} {
		if err := os.MkdirAll(filepath.Join(tree, dir), 0o755); err != nil {
			return err
		}
	}
	for _, name := range []string{"cat", "chown", "grep", "mount", "poweroff", "sh", "test"} {
		if err := os.Symlink("busybox", filepath.Join(tree, "bin", name)); err != nil {
			return err
		}
	}
	return errors.Join(
		copyProgram(busybox, filepath.Join(tree, "bin/busybox")),
		copyProgram(s.work("rt"), filepath.Join(tree, "bin/rt")),
		os.WriteFile(filepath.Join(tree, "init"), []byte(initramfsInit), 0o755))
}

// makeBundle makes a bundle in which attack.sh can run.
func (s *session) makeBundle(dir, busybox string, capabilities ...string) error {
	err := bundle.Make(bundle.Config{Dir: dir, Runtime: s.work("rt"), Busybox: busybox, Tag: "initramfs"})
	if err != nil {
		return err
	}
	rootfs := filepath.Join(dir, "rootfs")
	jail := filepath.Join(rootfs, "jail")
	return errors.Join(
		os.MkdirAll(filepath.Join(jail, "proc"), 0o755),
		os.CopyFS(filepath.Join(jail, "bin"), os.DirFS(filepath.Join(rootfs, "bin"))),
		os.WriteFile(filepath.Join(rootfs, "attack.sh"), []byte(initramfsAttack), 0o644),
		bundle.EditFile(filepath.Join(dir, "config.json"),
			bundle.Set{Pointer: "/process/args", Value: []string{"sleep", "1000"}},
			bundle.Set{Pointer: "/process/capabilities/bounding", Value: capabilities},
			bundle.Set{Pointer: "/process/capabilities/permitted", Value: capabilities},
			bundle.Set{Pointer: "/process/capabilities/effective", Value: capabilities},
			bundle.Set{Pointer: "/mounts/-", Value: map[string]string{"destination": "/jail/proc", "type": "proc", "source": "proc"}}))
}

func copyProgram(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}
