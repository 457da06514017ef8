package process

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// shell appends the execution of a shell script.
func shell(t *testing.T, b *program.Builder, script string) {
	Exec(b, &specs.Process{Args: []string{need.Busybox(t), "sh", "-c", script}}, program.Null)
}

// succeed fails the test unless the program ran to its end.
func succeed(t *testing.T, r steps.Result) steps.Result {
	t.Helper()
	if r.Failure != "" || r.Status != 0 {
		t.Fatalf("status %#x, failure %q, output %q", r.Status, r.Failure, r.Output)
	}
	return r
}

// status runs the steps and returns the fields of its /proc/self/status.
func status(t *testing.T, build func(*program.Builder)) map[string]string {
	t.Helper()
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		build(b)
		Exec(b, &specs.Process{Args: []string{need.Busybox(t), "cat", "/proc/self/status"}}, program.Null)
	}))
	return fields(r.Output)
}

func fields(status string) map[string]string {
	f := map[string]string{}
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		f[name] = strings.Join(strings.Fields(value), " ")
	}
	return f
}

func expectFields(t *testing.T, got map[string]string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: %q, want %q", name, got[name], value)
		}
	}
}

func TestNewSession(t *testing.T) {
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		NewSession(b)
		Exec(b, &specs.Process{Args: []string{need.Busybox(t), "cat", "/proc/self/stat"}}, program.Null)
	}))
	fields := strings.Fields(r.Output) // pid (comm) state ppid pgrp session
	if pid := strconv.Itoa(r.Pid); fields[4] != pid || fields[5] != pid {
		t.Errorf("group %s and session %s of process %s", fields[4], fields[5], pid)
	}
}

func TestCloseDescriptors(t *testing.T) {
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		openDescriptors(b)
		CloseDescriptors(b, 3)
		shell(t, b, "echo /proc/self/fd/*")
	}))
	// The shell itself opens the directory that it lists, as number 3.
	if want := "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n"; r.Output != want {
		t.Errorf("descriptors %q, want %q", r.Output, want)
	}
}

// openDescriptors opens the root directory a few times, once as number 100 and
// close-on-exec, otherwise as Builder.Openat would not: to outlive execve.
func openDescriptors(b *program.Builder) {
	for range 3 {
		b.Call(unix.SYS_OPENAT, program.Cwd, b.String("/"), program.Imm(unix.O_PATH))
	}
	root := b.Openat(program.Cwd, "/", unix.O_PATH).Result("root")
	b.Dup3(root, program.Imm(100), unix.O_CLOEXEC)
}

// TestExecByDescriptor is an attack of CVE-2024-21626: the entrypoint is a
// program of the host, by way of a directory that the init has open.
func TestExecByDescriptor(t *testing.T) {
	path := "/proc/self/fd/100" + need.Busybox(t)
	r := steps.Run(t, func(b *program.Builder) {
		openDescriptors(b)
		CloseDescriptors(b, 3)
		Exec(b, &specs.Process{Args: []string{path, "echo", "escaped"}}, program.Null)
	})
	want := "process.args[0]: exec: \"" + path + "\": stat " + path + ": no such file or directory"
	if r.Failure != want || r.Output != "" {
		t.Errorf("failure %q, output %q, want %q", r.Failure, r.Output, want)
	}
}

// TestCloseDescriptorsMovesReport: a failure after it is reported, wherever
// reports went before.
func TestCloseDescriptorsMovesReport(t *testing.T) {
	for _, number := range []int{3, 50} {
		r := steps.Run(t, func(b *program.Builder) {
			if number != 3 {
				b.Dup3(program.ReportSlot.Arg(), program.Imm(number), unix.O_CLOEXEC).ResultIn(program.ReportSlot)
			}
			CloseDescriptors(b, 5)
			b.At("", "")
			b.Doing("fail")
			b.Fail(unix.EXDEV)
		})
		if want := "fail: invalid cross-device link"; r.Failure != want {
			t.Errorf("from descriptor %d: failure %q, want %q", number, r.Failure, want)
		}
	}
}

// statusBeforeExec is status of the process that runs the steps.
func statusBeforeExec(t *testing.T, build func(*program.Builder)) map[string]string {
	t.Helper()
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		build(b)
		buf := b.Buffer(8192)
		fd := b.Openat(program.Cwd, "/proc/self/status", unix.O_RDONLY).Result("status")
		n := b.Read(fd, buf, 8192).Result("length")
		b.Call(unix.SYS_WRITE, program.Imm(1), buf, n)
	}))
	return fields(r.Output)
}

func TestHostProc(t *testing.T) {
	need.Root(t)
	succeed(t, steps.Run(t, func(b *program.Builder) { HostProc(b) }))
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "proc"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := steps.Run(t, func(b *program.Builder) {
		b.Chroot(dir)
		HostProc(b)
	})
	if r.Failure != "/proc is not a proc file system" {
		t.Errorf("failure %q", r.Failure)
	}
}
