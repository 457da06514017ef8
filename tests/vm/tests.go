package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
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
		module + "/tests/bench",          // compares with programs that guests have not
		module + "/tests/engines",        // as well
		module + "/tests/policy",         // reads the source
		module + "/tests/vm",
	}
}

// notHere matches tests of other packages: those that start the go command or
// shells, which guests have not, and those that no kernel changes and that compute
// much: the interpreter's random programs, and the seeds of
// fuzz tests.
const notHere = "^TestArm64InQemu$|^TestCompletion|^TestDifferential$|^Fuzz"

// test runs tests as each user.
func (s *session) test(ctx context.Context, cfg config, o options, patterns []string) error {
	packages, err := s.packages(ctx, cfg, patterns)
	if err != nil {
		return err
	}
	var errs []error
	for user := range strings.FieldsSeq(o.users) {
		errs = append(errs, s.testAs(ctx, cfg, o, user, packages))
		if err := s.machine.alive(); err != nil {
			return errors.Join(append(errs, err)...) // the rest has nowhere to run
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
	const format = "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}"
	list := exec.CommandContext(ctx, "go", append([]string{"list", "-f", format}, patterns...)...)
	list.Dir, list.Stderr = s.checkout, os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	packages := slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool { return slices.Contains(skip, p) })
	return append([]string{guestTests}, packages...), nil
}

// testAs runs go test for all packages as one user of the guest.
func (s *session) testAs(ctx context.Context, cfg config, o options, user string, packages []string) error {
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
	cmd := gracefully(exec.CommandContext(ctx, "go", append(args, packages...)...))
	cmd.Dir, cmd.Stderr = s.checkout, os.Stderr
	cmd.Env = append(os.Environ(),
		"CGO_ENABLED=0",
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
		"RT_VM_USER=" + user,
	}
	if user == "root" {
		env = append(env, "MUST_WORK=1")
	}
	return env
}
