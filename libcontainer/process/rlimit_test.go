package process

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestRlimits(t *testing.T) {
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		InitialRlimits(b, []specs.POSIXRlimit{
			{Type: "RLIMIT_NOFILE", Soft: 64, Hard: 65},
			{Type: "RLIMIT_CORE", Soft: 0, Hard: 4096},
		})
		shell(t, b, "cat /proc/self/limits")
	}))
	for line, want := range map[string]string{"Max open files": "64 65 files", "Max core file size": "0 4096 bytes"} {
		if got := limitLine(r.Output, line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestRlimitsEach sets every kind of limit to what it is and to something lower,
// and reads it back with prlimit(2) as the kernel has it.
func TestRlimitsEach(t *testing.T) {
	for resource := range unix.RLIMIT_RTTIME + 1 {
		var own unix.Rlimit
		if err := unix.Getrlimit(resource, &own); err != nil {
			t.Fatal(err)
		}
		name := rlimitName(t, resource)
		for _, soft := range []uint64{own.Cur, own.Cur / 2} {
			limits := []specs.POSIXRlimit{{Type: name, Soft: soft, Hard: own.Max}}
			r := succeed(t, steps.Run(t, func(b *program.Builder) {
				InitialRlimits(b, limits)
				buf := b.Buffer(16)
				b.Call(unix.SYS_PRLIMIT64, program.Imm(0), program.Imm(resource), program.Null, buf)
				b.WriteFrom(program.Imm(1), buf, 16)
			}))
			var got [2]uint64
			if _, err := binary.Decode([]byte(r.Output), binary.NativeEndian, &got); err != nil {
				t.Fatal(err)
			}
			if want := [2]uint64{soft, own.Max}; got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
		}
	}
}

// rlimitName returns the name that package spec has for a resource.
func rlimitName(t *testing.T, resource int) string {
	t.Helper()
	for _, name := range strings.Fields("CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME") {
		if n, ok := spec.Rlimit("RLIMIT_" + name); ok && n == resource {
			return "RLIMIT_" + name
		}
	}
	t.Fatalf("resource %d has no name", resource)
	return ""
}

// TestTightRlimits opens a file between the two steps, as the init does.
func TestTightRlimits(t *testing.T) {
	for _, limits := range []string{"0 0", "3 3", "4 1000"} {
		var soft, hard uint64
		if _, err := fmt.Sscan(limits, &soft, &hard); err != nil {
			t.Fatal(err)
		}
		list := []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Soft: soft, Hard: hard}}
		r := succeed(t, steps.Run(t, func(b *program.Builder) {
			InitialRlimits(b, list)
			dropPrivileges(b)
			for range 8 {
				b.Openat(program.Cwd, "/", unix.O_PATH).Result("root")
			}
			CloseDescriptors(b, 3)
			FinalRlimits(b, list)
			shell(t, b, "ulimit -n; ulimit -H -n")
		}))
		if want := strings.Replace(limits, " ", "\n", 1) + "\n"; r.Output != want {
			t.Errorf("limits %q, want %q", r.Output, want)
		}
	}
}

func limitLine(limits, name string) string {
	for l := range strings.Lines(limits) {
		if rest, ok := strings.CutPrefix(l, name); ok {
			return strings.Join(strings.Fields(rest), " ")
		}
	}
	return ""
}

func TestRlimitsWithoutPrivilege(t *testing.T) {
	var own unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MSGQUEUE, &own); err != nil {
		t.Fatal(err)
	}
	if own.Max == unix.RLIM_INFINITY {
		t.Skip("needs a limit on POSIX message queues")
	}
	r := steps.Run(t, func(b *program.Builder) {
		dropPrivileges(b)
		InitialRlimits(b, []specs.POSIXRlimit{
			{Type: "RLIMIT_MSGQUEUE", Soft: own.Cur, Hard: own.Max}, // what it has already
			{Type: "RLIMIT_MSGQUEUE", Soft: 1, Hard: unix.RLIM_INFINITY},
		})
	})
	want := "process.rlimits[1] (RLIMIT_MSGQUEUE): set limits 1:unlimited: operation not permitted"
	if r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}

func TestRlimitUnknown(t *testing.T) {
	r := steps.Run(t, func(b *program.Builder) {
		InitialRlimits(b, []specs.POSIXRlimit{{Type: "RLIMIT_FISH"}})
	})
	if want := "process.rlimits[0] (RLIMIT_FISH): set limits 0:0: invalid argument"; r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}
