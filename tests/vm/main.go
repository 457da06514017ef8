// Vm boots a Debian guest in qemu and runs rt's Go tests in it: on another
// kernel than the host's, with systemd, D-Bus and either version of cgroups.
//
// The first run builds the guest's disk with mmdebstrap, and boots it once to
// keep its memory as it is when everything is up. Later runs start from there
// in seconds. Both are kept in the user's cache directory: see cache.
//
// "engines" runs a command with BuildKit and containerd built for it and, unless SUITE
// is "", a tree of a Debian release's engines. "containerd" runs one with containerd alone,
// "tree" one with a tree of a Debian release that has hardly anything.
//
// The tests are built on the host, by go test, which runs each of them
// through "vm exec" in the guest.
//
// usage: go run ./tests/vm [flags] test [PACKAGE...]
//
//	go run ./tests/vm [flags] shell [COMMAND...]
//	go run ./tests/vm [flags] initramfs
//	go run ./tests/vm engines SUITE COMMAND...
//	go run ./tests/vm containerd COMMAND...
//	go run ./tests/vm tree SUITE COMMAND...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// options are the command line's.
type options struct {
	kernel, arch, cgroup, accel, lsm string

	users   string
	rt      string
	run     string
	verbose bool
}

func main() {
	var o options
	flag.StringVar(&o.kernel, "kernel", "", "the guest's kernel: "+kernelNames()+"; \"\" for the default")
	flag.StringVar(&o.arch, "arch", "", "its architecture, as in GOARCH; \"\" for amd64")
	flag.StringVar(&o.lsm, "lsm", "apparmor", "its security module: apparmor, or selinux, with a policy that is loaded and enforced")
	flag.StringVar(&o.cgroup, "cgroup", "v2", "the guest's cgroups: v2, v1 or hybrid")
	flag.StringVar(&o.accel, "accel", "tcg", "qemu's accelerator: tcg, or kvm where that works")
	flag.StringVar(&o.users, "users", "root user", "who runs the tests: root, and user, an ordinary one")
	flag.StringVar(&o.rt, "rt", "./rt", "the rt to test")
	flag.StringVar(&o.run, "run", "", "run only the tests that match, as in go test")
	flag.BoolVar(&o.verbose, "v", false, "show the output of all tests")
	flag.Parse()
	if flag.Arg(0) == "exec" {
		os.Exit(execInGuest(flag.Args()[1:]))
	}
	// A second Ctrl-C must not end the clean-up either.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	if err := command(ctx, o, flag.Args()); err != nil {
		exitWith(err)
	}
}

func exitWith(err error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode()) // it has said why
	}
	fmt.Fprintln(os.Stderr, "vm:", err)
	os.Exit(1)
}

// command runs the command that args name.
func command(ctx context.Context, o options, args []string) error {
	if len(args) == 0 || !slices.Contains([]string{"test", "shell", "initramfs", "engines", "containerd", "tree"}, args[0]) {
		return errors.New("usage: vm [flags] test [PACKAGE...] | shell [COMMAND...] | initramfs | engines SUITE COMMAND [ARGUMENT...] | containerd COMMAND [ARGUMENT...] | tree SUITE COMMAND [ARGUMENT...]")
	}
	switch args[0] {
	case "engines":
		return withEngines(ctx, args[1:])
	case "containerd":
		return withContainerd(ctx, args[1:])
	case "tree":
		return withTree(ctx, args[1:])
	}
	cfg, err := newConfig(o)
	if err != nil {
		return err
	}
	s, err := newSession(o.rt)
	if err != nil {
		return err
	}
	defer s.close()
	if args[0] == "initramfs" {
		return s.testInitramfs(ctx, cfg)
	}
	if err := s.boot(ctx, cfg); err != nil {
		return err
	}
	if args[0] == "shell" {
		return s.shell(ctx, o.users, args[1:])
	}
	return s.test(ctx, cfg, o, args[1:])
}

// say prints a line of progress.
func say(format string, args ...any) {
	fmt.Println("vm: " + strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}
