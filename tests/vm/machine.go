package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// machine is a running qemu.
type machine struct {
	arch   arch
	dir    string // holds its sockets and logs
	port   int    // of this host, which leads to the guest's SSH server
	cmd    *exec.Cmd
	exited chan struct{} // is closed when qemu has ended
}

// share is a directory of the host that a guest can mount to read it.
type share struct{ tag, dir string }

// hardware returns the options of the machine that every guest has. A
// snapshot fits only the one that it was taken on.
func (c config) hardware() []string {
	net := c.arch.device("net") + ",netdev=net"
	if c.arch.bus == "pci" {
		net += ",romfile="
	}
	return slices.Concat(
		[]string{"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"},
		c.processor(),
		[]string{
			"-smp", "2", "-m", "2G",
			"-device", c.arch.device("blk") + ",drive=disk",
			"-device", net,
			"-device", c.arch.device("rng"),
		},
		c.arch.more)
}

// processor returns qemu's options for the board, the accelerator and the processor.
func (c config) processor() []string {
	accel, cpu := c.accel, "max"
	if c.emulated() {
		accel, cpu = c.arch.accel, c.arch.cpu
	}
	return []string{"-machine", c.arch.machine, "-accel", accel, "-cpu", cpu}
}

// startMachine starts qemu with the hardware and more options.
func (c config) startMachine(dir, disk string, more []string, shares []share) (*machine, error) {
	m := &machine{arch: c.arch, dir: dir, exited: make(chan struct{})}
	var err error
	if m.port, err = freePort(); err != nil {
		return nil, err
	}
	log, err := os.Create(m.path("qemu.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	m.cmd = exec.Command(c.arch.program(), slices.Concat(c.hardware(), more, m.options(disk, shares))...)
	m.cmd.Stdout, m.cmd.Stderr = log, log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true, // away from the terminal's Ctrl-C
		Pdeathsig: syscall.SIGKILL,
	}
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = m.cmd.Wait()
		close(m.exited)
	}()
	return m, nil
}

// options returns what differs from one start to the next.
func (m *machine) options(disk string, shares []share) []string {
	options := []string{
		"-drive", "id=disk,if=none,cache=unsafe,format=qcow2,file=" + disk,
		"-netdev", fmt.Sprintf("user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:%d-:22", m.port),
		"-qmp", "unix:" + m.path("monitor") + ",server=on,wait=off",
	}
	options = append(options, m.arch.serial(m.path("console.log"))...)
	for _, s := range shares {
		options = append(options,
			"-fsdev", fmt.Sprintf("local,id=%s,path=%s,security_model=none,readonly=on", s.tag, s.dir),
			"-device", fmt.Sprintf("%s,fsdev=%s,mount_tag=%s", m.arch.device("9p"), s.tag, s.tag))
	}
	return options
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

// freePort returns a port of the loopback interface that nobody uses. Somebody
// may take it before qemu does; then qemu does not start.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// alive returns an error with qemu's words if it has ended.
func (m *machine) alive() error {
	select {
	case <-m.exited:
		log, _ := os.ReadFile(m.path("qemu.log"))
		return fmt.Errorf("qemu: %v\n%s%s", m.cmd.ProcessState, log, m.console())
	default:
		return nil
	}
}

// console returns the end of what the guest wrote to its console.
func (m *machine) console() string {
	text, _ := os.ReadFile(m.path("console.log"))
	return string(text[max(0, len(text)-2000):])
}

// kill ends qemu and waits for that.
func (m *machine) kill() {
	_ = m.cmd.Process.Kill()
	<-m.exited
}

// newDisk makes a disk that is like backing until it is written to.
func newDisk(ctx context.Context, disk, backing, format string) error {
	return quietly(exec.CommandContext(ctx, "qemu-img", "create", "-q", "-f", "qcow2", "-F", format, "-b", backing, disk))
}
