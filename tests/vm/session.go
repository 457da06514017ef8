package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Where a guest mounts what it shares with the host.
const (
	guestCheckout = "/rt"
	guestWork     = "/run/rt-vm"
)

// session is one run of this command: a directory of its own and a guest that
// runs on throw-away copies of a snapshot.
type session struct {
	dir      string // temporary; sockets in it need a short path
	checkout string
	guest    *guest
	machine  *machine
}

func newSession(rt string) (*session, error) {
	checkout, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the checkout: %w", err)
	}
	dir, err := os.MkdirTemp("", "rt-vm-")
	if err != nil {
		return nil, err
	}
	s := &session{dir: dir, checkout: strings.TrimSpace(string(checkout))}
	if err := s.prepare(rt); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// prepare makes what the guest can read of the session: "work", with rt and
// the directory that go test builds in.
func (s *session) prepare(rt string) error {
	binary, err := os.ReadFile(rt)
	if err != nil {
		return fmt.Errorf("the rt to test: %w", err)
	}
	return errors.Join(
		os.Chmod(s.dir, 0o755), // the guest's ordinary user reads in it
		os.Mkdir(filepath.Join(s.dir, "boot"), 0o755),
		os.Mkdir(filepath.Join(s.dir, "run"), 0o755),
		os.MkdirAll(s.work("go"), 0o755),
		os.WriteFile(s.work("rt"), binary, 0o755))
}

func (s *session) work(name string) string { return filepath.Join(s.dir, "work", name) }

func (s *session) shares() []share {
	return []share{{"checkout", s.checkout}, {"work", s.work("")}}
}

// close ends the guest and removes the session's directory.
func (s *session) close() {
	if s.guest != nil {
		s.guest.close()
	}
	if s.machine != nil {
		s.machine.kill()
	}
	_ = os.RemoveAll(s.dir)
}

// boot starts a guest, building what it needs first.
func (s *session) boot(ctx context.Context, cfg config) error {
	say("%v", cfg)
	c, img, err := openImage(ctx, cfg)
	if err != nil {
		return err
	}
	snap, err := c.snapshot(ctx, cfg, img, filepath.Join(s.dir, "boot"), s.shares())
	if err != nil {
		return err
	}
	defer progress("starting the guest from its snapshot")()
	if err := s.restore(ctx, cfg, snap, c.keyPath()); err != nil {
		if ctx.Err() == nil {
			snap.forget()
		}
		return err
	}
	return nil
}

func (s *session) restore(ctx context.Context, cfg config, snap *snapshot, key string) (err error) {
	if s.machine, err = snap.restore(ctx, cfg, filepath.Join(s.dir, "run"), s.shares()); err != nil {
		return err
	}
	if s.guest, err = connect(ctx, s.machine, key); err != nil {
		return err
	}
	return s.wake(ctx, cfg)
}

// wake brings a restored guest up to date: its clock still shows when the
// snapshot was taken, and its random numbers would be the same every time.
func (s *session) wake(ctx context.Context, cfg config) error {
	script := fmt.Sprintf(`set -e
date -s @%d >/dev/null
cat >/dev/urandom
for share in checkout:%s work:%s; do
	mkdir -p ${share#*:}
	mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose ${share%%:*} ${share#*:}
done`, time.Now().Unix(), guestCheckout, guestWork)
	cmd := s.guest.command(ctx, "root", script)
	cmd.Stdin = io.LimitReader(rand.Reader, 512)
	if err := quietly(cmd); err != nil {
		return fmt.Errorf("wake the guest: %w", err)
	}
	if cfg.lsm == "selinux" {
		return s.loadPolicy(ctx)
	}
	return nil
}

// shell gives the caller a shell in the guest, or runs a command there.
func (s *session) shell(ctx context.Context, users string, command []string) error {
	user, _, _ := strings.Cut(users, " ")
	say("you are %s; the checkout is %s, the rt to test %s/rt; everything is forgotten afterwards", user, guestCheckout, guestWork)
	args := append([]string{user + "@guest", "--"}, command...)
	if _, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS); err == nil {
		args = append([]string{"-t"}, args...)
	}
	cmd := s.guest.ssh(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
