package image

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

func TestStartReportsFailedStep(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := program.NewBuilder("report")
	b.Openat(program.Cwd, "/nonexistent", 0).Ignore(unix.ENOENT)
	failing := b.Openat(program.Cwd, "/nonexistent", 0).Step()
	b.ExitGroup(0)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	l := &Launch{
		Program: p,
		Inputs:  map[program.Input]*os.File{"report": w},
		Stdio:   [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
	}
	process, err := l.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer process.Close()
	var status unix.WaitStatus
	if _, err := unix.Wait4(process.Pid, &status, 0, nil); err != nil {
		t.Fatal(err)
	}
	report := make([]byte, 2*program.ReportSize)
	n, _ := r.Read(report)
	if want := []byte{byte(failing), 0, 0, 0, byte(unix.ENOENT), 0, 0, 0}; string(report[:n]) != string(want) {
		t.Errorf("report is %v, want %v", report[:n], want)
	}
	if status.ExitStatus() != 1 {
		t.Errorf("exit status is %d, want 1", status.ExitStatus())
	}
}
