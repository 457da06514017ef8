package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed selinux.cil
var policySource string

// loadPolicy has the guest's kernel enforce the policy of selinux.cil. The guest has
// booted without one, so that the service manager and all that it has started see no
// SELinux, and need no labels.
func (s *session) loadPolicy(ctx context.Context) error {
	policy, err := s.compilePolicy(ctx)
	if err != nil {
		return err
	}
	// The kernel takes a policy in one write(2).
	cmd := s.guest.command(ctx, "root", `set -e
mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux
cat >/run/policy
dd if=/run/policy of=/sys/fs/selinux/load bs=16M status=none
echo 1 >/sys/fs/selinux/enforce`)
	cmd.Stdin = bytes.NewReader(policy)
	if err := quietly(cmd); err != nil {
		return fmt.Errorf("load the policy: %w", err)
	}
	return nil
}

// compilePolicy makes of the policy what kernels read.
func (s *session) compilePolicy(ctx context.Context) ([]byte, error) {
	source, policy := filepath.Join(s.dir, "policy.cil"), filepath.Join(s.dir, "policy")
	if err := os.WriteFile(source, []byte(policySource), 0o644); err != nil {
		return nil, err
	}
	if err := quietly(exec.CommandContext(ctx, "secilc", "-o", policy, "-f", os.DevNull, source)); err != nil {
		return nil, err
	}
	return os.ReadFile(policy)
}
