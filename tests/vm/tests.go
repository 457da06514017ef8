package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oci-rt/rt/tests/report"
)

// module is the path that all our packages begin with.
const module = "github.com/oci-rt/rt"

// guestTests is the package of those tests that hold a guest to what it is
// meant to be.
const guestTests = module + "/tests/vm/guest"

// notInGuest lists the packages whose tests no kernel changes, and which so
// are not run unless they are asked for by name.
func notInGuest() []string {
	return []string{
		module + "/libcontainer/compile", // pure
		module + "/libcontainer/program", // pure
		module + "/spec",                 // pure
		module + "/tests/attacks",        // builds rt
		module + "/tests/bench",          // compares with programs that guests have not
		module + "/shim/bench",           // as well
		module + "/tests/engines",        // as well
		module + "/tests/docs",           // does what scripts do, one thing after another
		module + "/tests/policy",         // reads the source
		module + "/tests/vm",
	}
}

// notHere matches tests of other packages: those that start the go command or
// shells or a browser, which guests have not, and those that no kernel changes and that compute
// much: the interpreter's random programs, and the seeds of
// fuzz tests.
const notHere = "^TestEmulated$|^Test386$|^TestCompletion|^TestDifferential$|^TestTimedDoesTheSame$|^TestBrowser$|^Fuzz"

// suite are packages of one module of the checkout.
type suite struct {
	dir      string   // of the module, from the checkout
	flags    []string // of the go command
	packages []string
}

// suites returns what is asked for. The shim is a module of its own, whose packages have
// patterns like all others: ./shim/task.
func (s *session) suites(ctx context.Context, cfg config, patterns []string) ([]suite, error) {
	shim := suite{dir: "shim", flags: []string{"-tags=no_grpc"}}
	own := suite{}
	var shims []string
	for _, p := range patterns {
		if p == "./shim" || strings.HasPrefix(p, "./shim/") {
			shims = append(shims, "."+strings.TrimPrefix(p, "./shim"))
		} else {
			own.packages = append(own.packages, p)
		}
	}
	if len(patterns) == 0 {
		shims = []string{"./..."}
	}
	var list []suite
	var err error
	if len(own.packages) > 0 || len(shims) == 0 || len(patterns) == 0 {
		if own.packages, err = s.packages(ctx, cfg, own.packages); err != nil {
			return nil, err
		}
		list = append(list, own)
	}
	if len(shims) > 0 && !cfg.kernel.old {
		if shim.packages, err = s.list(ctx, cfg, shim, shims, notInGuest()); err != nil {
			return nil, err
		}
		list = append(list, shim)
	}
	return list, nil
}

// test runs tests as each user.
func (s *session) test(ctx context.Context, cfg config, o options, patterns []string) error {
	suites, err := s.suites(ctx, cfg, patterns)
	if err != nil {
		return err
	}
	var errs []error
	for user := range strings.FieldsSeq(o.users) {
		for _, tests := range suites {
			errs = append(errs, s.testAs(ctx, cfg, o, user, tests))
			if err := s.machine.alive(); err != nil {
				return errors.Join(append(errs, err)...) // the rest has nowhere to run
			}
		}
	}
	return errors.Join(errs...)
}

// packages returns the packages with tests that match. A guest whose kernel
// is too old for rt only shows that rt says so.
func (s *session) packages(ctx context.Context, cfg config, patterns []string) ([]string, error) {
	if cfg.kernel.old {
		return []string{guestTests}, nil
	}
	skip := append(notInGuest(), guestTests) // which come first of all
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	} else {
		skip = skip[len(skip)-1:]
	}
	packages, err := s.list(ctx, cfg, suite{}, patterns, skip)
	return append([]string{guestTests}, packages...), err
}

// list returns the packages of a module with tests that match, but for some.
func (s *session) list(ctx context.Context, cfg config, of suite, patterns, skip []string) ([]string, error) {
	const format = "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}"
	args := append([]string{"list", "-f", format}, of.flags...)
	list := exec.CommandContext(ctx, "go", append(args, patterns...)...)
	list.Dir, list.Stderr = filepath.Join(s.checkout, of.dir), os.Stderr
	list.Env = append(os.Environ(), "GOARCH="+cfg.arch.name)
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool { return slices.Contains(skip, p) }), nil
}

// testAs runs go test for the packages of a module as one user of the guest.
func (s *session) testAs(ctx context.Context, cfg config, o options, user string, tests suite) error {
	say("testing as %s", user)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"test", "-json", "-count=1", "-timeout=30m", "-vet=off",
		"-exec=" + self + " exec", "-skip=" + notHere, "-run=" + o.run}
	if cfg.emulated() {
		args = append(args, "-short") // fewer rounds: what is slow is ten times slower there
	}
	args = append(append(args, tests.flags...), tests.packages...)
	cmd := gracefully(exec.CommandContext(ctx, "go", args...))
	cmd.Dir, cmd.Stderr = filepath.Join(s.checkout, tests.dir), os.Stderr
	cmd.Env = append(os.Environ(),
		"CGO_ENABLED=0",
		"GOARCH="+cfg.arch.name,
		"GOTMPDIR="+s.work("go"),
		sessionVar+"="+s.dir,
		checkoutVar+"="+s.checkout,
		userVar+"="+user,
		guestEnvVar+"="+strings.Join(guestEnvironment(cfg, user), "\n"))
	if err := report.Run(cmd, user, report.Options{Say: say, Verbose: o.verbose, Slowest: true}); err != nil {
		return fmt.Errorf("tests as %s: %w", user, err)
	}
	return nil
}

// guestEnvironment returns what tests are told in the guest. Everything must
// work for root. An ordinary user skips what needs root.
func guestEnvironment(cfg config, user string) []string {
	env := []string{
		"RT=" + guestWork + "/rt",
		"RT_VM_KERNEL=" + cfg.kernel.name,
		"RT_VM_CGROUP=" + cfg.cgroup,
		"RT_VM_LSM=" + cfg.lsm,
		"RT_VM_USER=" + user,
	}
	if user == "root" {
		env = append(env, "MUST_WORK=1")
	}
	return env
}
