package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// guest is a connection to a running guest's SSH server. Everything goes over
// this one connection for each user.
type guest struct {
	machine *machine
	masters []*exec.Cmd
}

// sshConfig makes "guest" the name of the machine. Host keys prove nothing
// here: the port belongs to our own child. While a guest boots, qemu tries less
// and less often to get a connection through to it, so ssh had better start
// again now and then.
const sshConfig = `Host guest
  HostName 127.0.0.1
  Port %d
  IdentityFile "%s"
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ConnectTimeout 30
  ControlPath "%s"
`

// connect waits until the guest's SSH server answers.
func connect(ctx context.Context, m *machine, key string) (*guest, error) {
	g := &guest{machine: m}
	config := fmt.Sprintf(sshConfig, m.port, key, m.path("ssh-%r"))
	if err := os.WriteFile(m.path("ssh_config"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	for _, user := range []string{"root", "user"} {
		if err := g.open(ctx, user); err != nil {
			g.close()
			return nil, err
		}
	}
	return g, nil
}

// open makes the connection of one user. ssh gives up soon while the guest
// refuses it, so that it is started again and again.
func (g *guest) open(ctx context.Context, user string) error {
	for {
		master := g.ssh(ctx, "-N", "-M", user+"@guest")
		master.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		if err := master.Start(); err != nil {
			return err
		}
		ended := make(chan struct{})
		go func() {
			_ = master.Wait()
			close(ended)
		}()
		ok, err := g.awaitMaster(ctx, user, ended)
		if ok {
			g.masters = append(g.masters, master)
			return nil
		}
		_ = master.Process.Kill()
		<-ended
		if err != nil {
			return err
		}
	}
}

// awaitMaster waits until the connection is there, or has failed.
func (g *guest) awaitMaster(ctx context.Context, user string, ended <-chan struct{}) (ok bool, err error) {
	for {
		if err := g.machine.alive(); err != nil {
			return false, err
		}
		if _, err := os.Stat(g.machine.path("ssh-" + user)); err == nil {
			return true, nil
		}
		select {
		case <-ended:
			return false, sleep(ctx, 200*time.Millisecond)
		default:
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return false, fmt.Errorf("%w\n%s", err, g.machine.console())
		}
	}
}

func (g *guest) close() {
	for _, m := range g.masters {
		_ = m.Process.Kill()
	}
}

func (g *guest) ssh(ctx context.Context, args ...string) *exec.Cmd {
	return sshCommand(ctx, g.machine.dir, args...)
}

func sshCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ssh", append([]string{"-F", filepath.Join(dir, "ssh_config")}, args...)...)
}

// command returns the command that runs a shell script in the guest.
func (g *guest) command(ctx context.Context, user, script string) *exec.Cmd {
	return g.ssh(ctx, user+"@guest", script)
}

// shellQuote makes s one word for a shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
