package process

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// probe makes a run of this test binary print what a child of a Go program
// that was started with all signals ignored and blocked finds.
const probe = "RT_TEST_SIGNAL_PROBE"

// TestGoPassesIgnoredSignals is the premise of inheritedIgnores: of all
// signals, those are what a Go program passes on as ignored.
func TestGoPassesIgnoredSignals(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		ignoreAll(b)
		Exec(b, &specs.Process{
			Args: []string{self, "-test.run=^TestSignalProbe$"},
			Env:  []string{probe + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir()},
		}, program.Null)
	}))
	ignored, err := strconv.ParseUint(fields(r.Output)["SigIgn"], 16, 64)
	if err != nil {
		t.Fatalf("%v in output %q", err, r.Output)
	}
	var known uint64
	for _, s := range inheritedIgnores() {
		known |= 1 << (s - 1)
	}
	if ignored&^known != 0 {
		t.Errorf("Go passes signals %#x on, which ResetSignals does not reset", ignored&^known)
	}
	if known&^ignored != 0 {
		t.Errorf("Go does not pass signals %#x on: ResetSignals need not reset them", known&^ignored)
	}
}

// TestSignalProbe is the Go program in the middle of
// TestGoPassesIgnoredSignals.
func TestSignalProbe(t *testing.T) {
	if os.Getenv(probe) == "" {
		t.Skip("is run by TestGoPassesIgnoredSignals")
	}
	s := statusBeforeExec(t, func(*program.Builder) {})
	fmt.Printf("SigIgn: %s\n", s["SigIgn"])
}

func TestResetSignals(t *testing.T) {
	ignored := uint64(0)
	for _, s := range inheritedIgnores() {
		ignored |= 1 << (s - 1)
	}
	got := status(t, func(b *program.Builder) {
		ignoreAll(b)
		for s := unix.Signal(1); s <= 64; s++ {
			if ignored>>(s-1)&1 == 0 && s != unix.SIGKILL && s != unix.SIGSTOP {
				b.SignalDefault(s)
			}
		}
		ResetSignals(b)
	})
	expectFields(t, got, map[string]string{"SigIgn": "0000000000000000", "SigBlk": "0000000000000000"})
}

// ignoreAll ignores and blocks every signal.
func ignoreAll(b *program.Builder) {
	const sigIgn = 1
	for s := 1; s <= 64; s++ {
		if s == int(unix.SIGKILL) || s == int(unix.SIGSTOP) {
			continue
		}
		b.Call(unix.SYS_RT_SIGACTION, program.Imm(s), b.Words(sigIgn, 0, 0, 0), program.Null, program.Imm(8))
	}
	b.SignalMask(^uint64(0))
}
