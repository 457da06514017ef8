package process

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/steps"
)

// Descriptors from 4 on take the places from 3 on, whatever is behind them, and
// wherever reports go.
func TestPlaceFiles(t *testing.T) {
	for _, reports := range []int{3, 7, 50} {
		r := succeed(t, steps.Run(t, func(b *program.Builder) {
			for _, path := range []string{"/proc", "/sys", "/dev"} {
				b.Call(unix.SYS_OPENAT, program.Cwd, b.String(path), program.Imm(unix.O_PATH)) // 4, 5, 6
			}
			openDescriptors(b)
			if reports != 3 {
				b.Dup3(program.ReportSlot.Arg(), program.Imm(reports), unix.O_CLOEXEC).ResultIn(program.ReportSlot)
			}
			PlaceFiles(b, 4, 3)
			CloseDescriptors(b, 6)
			shell(t, b, "for i in 3 4 5 6 7 8; do readlink /proc/$$/fd/$i; done; true")
		}))
		if want := "/proc\n/sys\n/dev\n"; r.Output != want {
			t.Errorf("reports on %d: descriptors from 3 on %q, want %q", reports, r.Output, want)
		}
	}
}

// A failure after PlaceFiles is still reported.
func TestPlaceFilesKeepsReport(t *testing.T) {
	r := steps.Run(t, func(b *program.Builder) {
		b.Call(unix.SYS_OPENAT, program.Cwd, b.String("/"), program.Imm(unix.O_PATH))
		PlaceFiles(b, 4, 1)
		CloseDescriptors(b, 4)
		b.At("", "")
		b.Doing("fail")
		b.Fail(unix.EXDEV)
	})
	if want := "fail: invalid cross-device link"; r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}
