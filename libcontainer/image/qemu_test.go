package image

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

// TestEmulated runs this package's test binary for every other architecture in
// qemu's user mode emulation: TestInQemu, and what needs no system calls that
// qemu lacks. The binary lays the images out, because the interpreter's code is
// that binary's own, and starts each in a qemu of its own. (TestScenarios cannot
// start them there, because qemu does not know CLONE_PIDFD.)
//
// Where Go has not built anything for an architecture yet, that takes a minute of CPU
// time each. So with all other tests only two are tried, unless everything must work.
func TestEmulated(t *testing.T) {
	if os.Getenv(qemuEnv) != "" {
		t.Skip("is emulated already")
	}
	for _, e := range emulated {
		t.Run(e.goarch, func(t *testing.T) {
			if e.goarch == runtime.GOARCH {
				t.Skip("the other tests run natively")
			}
			if !slices.Contains(sampled, e.goarch) && os.Getenv(need.Must) == "" && !asked() {
				t.Skip("go test ./libcontainer/image -run TestEmulated runs it")
			}
			qemu, err := exec.LookPath(e.qemu)
			if err != nil {
				cannotRun(t, err.Error())
			}
			binary := buildTest(t, e.goarch)
			run(t, qemu, binary, "-test.run", "^(TestInQemu|TestMachineCode|TestELF|TestContent|TestZeroData|TestFaults)$")
		})
	}
}

// sampled have what no other of the emulated architectures has: 32 bits, and the other
// byte order.
var sampled = []string{"arm", "s390x"}

// asked reports whether this test was asked for by its name.
func asked() bool {
	return strings.Contains(flag.Lookup("test.run").Value.String(), "Emulated")
}

// Test386 runs all tests of this package for 386 on this machine, if its kernel
// takes the system calls of 386. (Threads of the Go runtime for 386 crash in
// qemu 7.2.)
func Test386(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("needs an amd64 machine")
	}
	binary := buildTest(t, "386")
	if err := exec.Command(binary, "-test.run", "^$").Run(); err != nil {
		cannotRun(t, "no programs for 386: "+err.Error())
	}
	run(t, "", binary, "-test.run", "^Test[^E3]")
}

// buildTest builds this package's test binary for goarch.
func buildTest(t *testing.T, goarch string) string {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		cannotRun(t, err.Error())
	}
	binary := filepath.Join(t.TempDir(), goarch+".test")
	build := exec.Command(goTool, "test", "-c", "-vet=off", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOARCH="+goarch, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// run runs a test binary, in qemu if that is not "". Signals by which the Go
// runtime preempts goroutines only slow qemu down.
func run(t *testing.T, qemu string, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
	if qemu != "" {
		cmd = exec.Command(qemu, command...)
		cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1", qemuEnv+"="+qemu)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
