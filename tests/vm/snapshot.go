package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// snapshot is a guest that has booted: its disk and its memory.
type snapshot struct{ dir string }

func (s *snapshot) disk() string   { return filepath.Join(s.dir, "disk.qcow2") }
func (s *snapshot) memory() string { return filepath.Join(s.dir, "memory") }

// snapshot returns the snapshot of a configuration. If there is none, it boots
// the image for one; dir is for the sockets and logs of that machine.
func (c *cache) snapshot(ctx context.Context, cfg config, img *image, dir string, shares []share) (*snapshot, error) {
	version, err := exec.CommandContext(ctx, cfg.arch.program(), "--version").Output()
	if err != nil {
		return nil, err
	}
	kind := fmt.Sprintf("snapshot-%s%s-%s-%s", cfg.arch.prefix(), cfg.kernel.name, cfg.cgroup, cfg.accel)
	if cfg.lsm != "apparmor" {
		kind += "-" + cfg.lsm
	}
	hw := strings.Join(cfg.hardware(), " ")
	path, err := c.get(kind, digest(img.digest, string(version), hw, cfg.commandLine()), func(path string) error {
		return (&snapshot{path}).take(ctx, cfg, img, dir, shares)
	})
	return &snapshot{path}, err
}

// take boots the image and writes the snapshot:
//
//  1. boot with a disk of its own;
//  2. wait until everything is up;
//  3. stop, and write the memory to a file, as qemu migrates a guest to
//     another host.
func (s *snapshot) take(ctx context.Context, cfg config, img *image, dir string, shares []share) error {
	if err := newDisk(ctx, s.disk(), img.path("disk.img"), "raw"); err != nil {
		return err
	}
	boot := []string{"-kernel", img.path("vmlinuz"), "-initrd", img.path("initrd.img"), "-append", cfg.commandLine()}
	m, err := cfg.startMachine(dir, s.disk(), boot, shares)
	if err != nil {
		return err
	}
	defer m.kill()
	if err := awaitBoot(ctx, m, img.key); err != nil {
		return err
	}
	defer progress("writing the guest's memory to a file")()
	return m.saveMemory(ctx, s.memory())
}

func awaitBoot(ctx context.Context, m *machine, key string) error {
	defer progress("booting")()
	g, err := connect(ctx, m, key)
	if err != nil {
		return err
	}
	// The guest is to see the end of the connections before it is stopped.
	defer func() {
		g.close()
		_ = sleep(ctx, time.Second)
	}()
	out, err := g.command(ctx, "root", "systemctl is-system-running --wait || systemctl --failed").CombinedOutput()
	if state := string(out); err != nil || state != "running\n" {
		return fmt.Errorf("the guest has not come up well: %v\n%s", err, state)
	}
	return nil
}

// saveMemory writes the guest's memory and the state of its devices to a file
// and stops it.
func (m *machine) saveMemory(ctx context.Context, path string) error {
	q, err := m.openMonitor(ctx)
	if err != nil {
		return err
	}
	defer q.close()
	if err := q.do("stop", nil, nil); err != nil {
		return err
	}
	const unlimited int64 = 1 << 40
	if err := q.do("migrate-set-parameters", map[string]any{"max-bandwidth": unlimited}, nil); err != nil {
		return err
	}
	if err := q.do("migrate", map[string]any{"uri": "exec:cat >" + shellQuote(path)}, nil); err != nil {
		return err
	}
	status, err := q.await(ctx, "query-migrate", "completed", "failed")
	if err == nil && status == "failed" {
		err = fmt.Errorf("qemu cannot write the guest's memory")
	}
	return err
}

// restore starts a guest from the snapshot.
func (s *snapshot) restore(ctx context.Context, cfg config, dir string, shares []share) (*machine, error) {
	disk := filepath.Join(dir, "disk.qcow2")
	if err := newDisk(ctx, disk, s.disk(), "qcow2"); err != nil {
		return nil, err
	}
	m, err := cfg.startMachine(dir, disk, []string{"-incoming", "exec:cat " + shellQuote(s.memory())}, shares)
	if err != nil {
		return nil, err
	}
	if err := m.resume(ctx); err != nil {
		m.kill()
		return nil, err
	}
	return m, nil
}

// resume waits until the memory has been read and lets the guest go on.
func (m *machine) resume(ctx context.Context) error {
	q, err := m.openMonitor(ctx)
	if err != nil {
		return err
	}
	defer q.close()
	if _, err := q.await(ctx, "query-status", "paused", "running"); err != nil {
		return fmt.Errorf("%w\n%v", err, m.alive())
	}
	return q.do("cont", nil, nil)
}

// forget removes a snapshot that does not work.
func (s *snapshot) forget() { _ = os.RemoveAll(s.dir) }
