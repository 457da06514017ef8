package namespace

import (
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

func TestPlan(t *testing.T) {
	ns := func(types ...specs.LinuxNamespaceType) (list []specs.LinuxNamespace) {
		for _, t := range types {
			list = append(list, specs.LinuxNamespace{Type: t})
		}
		return list
	}
	joined := specs.LinuxNamespace{Type: specs.PIDNamespace, Path: "/x"}
	usual := ns(specs.PIDNamespace, specs.MountNamespace, specs.CgroupNamespace)
	const flags = uintptr(unix.CLONE_NEWPID | unix.CLONE_NEWNS)
	tests := []struct {
		name string
		list []specs.LinuxNamespace
		want Plan
	}{
		{"none", nil, Plan{}},
		{"usual", usual, Plan{Cloneflags: flags}},
		{"joined pid", append(ns(specs.UTSNamespace), joined), Plan{Cloneflags: unix.CLONE_NEWUTS, forks: true}},
		{"user", slices.Concat(ns(specs.UserNamespace), usual), Plan{NewUser: true, User: true, forks: true, forkflags: flags}},
		{"joined user", slices.Concat(usual, []specs.LinuxNamespace{{Type: specs.UserNamespace, Path: "/x"}}), Plan{User: true, forks: true, forkflags: flags}},
		{"time", slices.Concat(usual, ns(specs.TimeNamespace)), Plan{forks: true, forkflags: flags}},
		{"joined network", []specs.LinuxNamespace{{Type: specs.NetworkNamespace, Path: "/x"}}, Plan{}},
	}
	for _, test := range tests {
		test.want.list = test.list
		if got := NewPlan(test.list); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// join appends the steps of a plan for list.
func join(b *program.Builder, list []specs.LinuxNamespace) {
	p := NewPlan(list)
	p.Enter(b, EnterOptions{})
}

// hold starts a process in new namespaces and returns the directory in /proc
// with their files. It ends with the test.
func hold(t *testing.T, flags uintptr) string {
	t.Helper()
	need.Root(t)
	cmd := exec.Command(need.Busybox(t), "cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: unix.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Process.Kill() // the init of a pid namespace
		_ = cmd.Wait()
	})
	return "/proc/" + strconv.Itoa(cmd.Process.Pid) + "/ns/"
}

// run executes a shell script behind the steps.
func run(t *testing.T, o steps.Options, script string, build func(*program.Builder)) steps.Result {
	t.Helper()
	return o.Run(t, func(b *program.Builder) {
		build(b)
		busybox := need.Busybox(t)
		b.Execve(busybox, b.Strings([]string{"sh", "-c", script}), b.Pointers())
	})
}

// script of run that lists the namespaces that its process is in.
const listNamespaces = `for n in ` + nsFiles + `; do readlink /proc/self/ns/$n; done`

const nsFiles = "cgroup ipc mnt net pid uts"

func readNamespaces(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	for _, name := range strings.Fields(nsFiles) {
		link, err := os.Readlink(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		list.WriteString(link + "\n")
	}
	return list.String()
}

func TestJoin(t *testing.T) {
	dir := hold(t, unix.CLONE_NEWNET|unix.CLONE_NEWIPC|unix.CLONE_NEWUTS|unix.CLONE_NEWNS|unix.CLONE_NEWCGROUP|unix.CLONE_NEWPID)
	// The worst order: paths in /proc are gone in the new mount namespace.
	r := run(t, steps.Options{}, listNamespaces, func(b *program.Builder) {
		join(b, []specs.LinuxNamespace{
			{Type: specs.MountNamespace, Path: dir + "mnt"},
			{Type: specs.PIDNamespace, Path: dir + "pid"},
			{Type: specs.CgroupNamespace, Path: dir + "cgroup"},
			{Type: specs.UTSNamespace, Path: dir + "uts"},
			{Type: specs.IPCNamespace, Path: dir + "ipc"},
			{Type: specs.NetworkNamespace, Path: dir + "net"},
		})
	})
	if want := readNamespaces(t, dir); r.Failure != "" || r.Output != want {
		t.Errorf("failure %q, namespaces\n%swant\n%s", r.Failure, r.Output, want)
	}
}

// TestJoinEach joins one namespace and makes others new.
func TestJoinEach(t *testing.T) {
	dir := hold(t, unix.CLONE_NEWNET|unix.CLONE_NEWIPC|unix.CLONE_NEWUTS|unix.CLONE_NEWPID)
	for kind, file := range map[specs.LinuxNamespaceType]string{
		specs.NetworkNamespace: "net", specs.IPCNamespace: "ipc", specs.UTSNamespace: "uts", specs.PIDNamespace: "pid",
	} {
		t.Run(string(kind), func(t *testing.T) {
			list := []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: kind, Path: dir + file}}
			r := run(t, steps.Options{Cloneflags: NewPlan(list).Cloneflags}, "readlink /proc/self/ns/"+file, func(b *program.Builder) {
				join(b, list)
			})
			want, err := os.Readlink(dir + file)
			if err != nil {
				t.Fatal(err)
			}
			if r.Failure != "" || r.Output != want+"\n" {
				t.Errorf("failure %q, in %q, want %q", r.Failure, r.Output, want)
			}
		})
	}
}

// TestJoinPid looks at the child that goes on: it is the caller's child, as
// steps.Run has reaped it, and has its exit status.
func TestJoinPid(t *testing.T) {
	dir := hold(t, unix.CLONE_NEWPID)
	r := run(t, steps.Options{}, "echo $$; readlink /proc/self; exec >&-; exit 42", func(b *program.Builder) {
		join(b, []specs.LinuxNamespace{{Type: specs.PIDNamespace, Path: dir + "pid"}})
	})
	inside, outside, _ := strings.Cut(strings.TrimSpace(r.Output), "\n")
	if inside != "2" {
		t.Errorf("pid %q in the namespace, want 2", inside)
	}
	// readlink runs in a child of the shell.
	if n, err := strconv.Atoi(outside); err != nil || n <= r.Pid {
		t.Errorf("pid %q on the host, reported as %d", outside, r.Pid)
	}
	if r.Status.ExitStatus() != 42 {
		t.Errorf("status %#x, want exit status 42", r.Status)
	}
}

func TestJoinFaults(t *testing.T) {
	dir := hold(t, unix.CLONE_NEWNET)
	tests := []struct {
		kind specs.LinuxNamespaceType
		path string
		want string
	}{
		{specs.UTSNamespace, dir + "net", "join uts namespace: invalid argument"},
		{specs.PIDNamespace, dir + "net", "join pid namespace: invalid argument"},
		{specs.NetworkNamespace, "/dev/null", "join network namespace: invalid argument"},
		{specs.NetworkNamespace, dir + "nothing", "open network namespace: no such file or directory"},
	}
	for _, test := range tests {
		r := steps.Run(t, func(b *program.Builder) {
			join(b, []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: test.kind, Path: test.path}})
		})
		want := "linux.namespaces[1].path (" + test.path + "): " + test.want
		if r.Failure != want {
			t.Errorf("failure %q, want %q", r.Failure, want)
		}
	}
}

func TestUnshareCgroup(t *testing.T) {
	need.Root(t)
	own, err := os.Readlink("/proc/self/ns/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		list   []specs.LinuxNamespace
		stayed bool
	}{
		{[]specs.LinuxNamespace{{Type: specs.CgroupNamespace}}, false},
		{[]specs.LinuxNamespace{{Type: specs.UTSNamespace}}, true},
		{nil, true},
	} {
		r := run(t, steps.Options{}, "readlink /proc/self/ns/cgroup", func(b *program.Builder) {
			p := NewPlan(test.list)
			p.UnshareCgroup(b)
		})
		if r.Failure != "" || (r.Output == own+"\n") != test.stayed {
			t.Errorf("%v: failure %q, in %q, the host's is %q", test.list, r.Failure, r.Output, own)
		}
	}
}

func TestNames(t *testing.T) {
	need.Root(t)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	show := "cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname"
	r := run(t, steps.Options{Cloneflags: unix.CLONE_NEWUTS}, show, func(b *program.Builder) {
		Hostname(b, "box")
		Domainname(b, "example.org")
		Hostname(b, "")
	})
	if want := "box\nexample.org\n"; r.Failure != "" || r.Output != want {
		t.Errorf("failure %q, names %q, want %q", r.Failure, r.Output, want)
	}
	if now, _ := os.Hostname(); now != host {
		t.Errorf("the host is now called %q, not %q", now, host)
	}
}

func TestHostnameTooLong(t *testing.T) {
	need.Root(t)
	name := strings.Repeat("x", 65)
	r := steps.Options{Cloneflags: unix.CLONE_NEWUTS}.Run(t, func(b *program.Builder) { Hostname(b, name) })
	if want := "hostname (" + name + "): set host name: invalid argument"; r.Failure != want {
		t.Errorf("failure %q, want %q", r.Failure, want)
	}
}
