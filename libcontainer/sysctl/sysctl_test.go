package sysctl

import (
	"os"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"golang.org/x/sys/unix"
)

// apply runs Apply in new namespaces and writes the named files of /proc/sys
// to the output.
func apply(t *testing.T, sysctls map[string]string, before func(*program.Builder), show ...string) steps.Result {
	t.Helper()
	need.Root(t)
	flags := uintptr(unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWNS)
	return steps.Options{Cloneflags: flags}.Run(t, func(b *program.Builder) {
		proc := b.Openat(program.Cwd, "/proc", unix.O_PATH|unix.O_DIRECTORY).Result("proc")
		before(b)
		Apply(b, proc, sysctls)
		busybox := need.Busybox(t)
		b.Execve(busybox, b.Strings(append([]string{"cat"}, show...)), b.Pointers())
	})
}

func nothing(*program.Builder) {}

func TestApply(t *testing.T) {
	const forward, msgmax, lo = "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/msgmax", "/proc/sys/net/ipv4/conf/lo/accept_local"
	hostMsgmax, err := os.ReadFile(msgmax)
	if err != nil {
		t.Fatal(err)
	}
	r := apply(t, map[string]string{
		"net.ipv4.ip_forward":           "1",
		"net/ipv4/conf/lo/accept_local": "1",
		"kernel.msgmax":                 "4321",
	}, nothing, forward, msgmax, lo)
	if want := "1\n4321\n1\n"; r.Failure != "" || r.Output != want {
		t.Errorf("failure %q, values %q, want %q", r.Failure, r.Output, want)
	}
	if now, _ := os.ReadFile(msgmax); string(now) != string(hostMsgmax) {
		t.Errorf("the host's kernel.msgmax is now %q, not %q", now, hostMsgmax)
	}
}

func TestApplyFaults(t *testing.T) {
	tests := []struct {
		name    string
		sysctls map[string]string
		before  func(*program.Builder)
		want    string
	}{
		{"unknown", map[string]string{"net.fish": "1"}, nothing,
			`linux.sysctl["net.fish"]: write "1": no such file or directory`},
		{"bad value", map[string]string{"net.ipv4.ip_forward": "many"}, nothing,
			`linux.sysctl["net.ipv4.ip_forward"]: write "many": invalid argument`},
		{"directory", map[string]string{"net.ipv4": "1"}, nothing,
			`linux.sysctl["net.ipv4"]: write "1": is a directory`},
		// CVE-2025-52881: the write is to end in another file.
		{"covered by a mount", map[string]string{"net.ipv4.ip_forward": "1"}, coverForward,
			`linux.sysctl["net.ipv4.ip_forward"]: write "1": invalid cross-device link`},
		{"outside", map[string]string{"net/../../../dev/null": "1"}, nothing,
			`linux.sysctl["net/../../../dev/null"]: write "1": invalid cross-device link`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := apply(t, test.sysctls, test.before, os.DevNull)
			if r.Failure != test.want {
				t.Errorf("failure %q, want %q", r.Failure, test.want)
			}
		})
	}
}

// coverForward mounts another sysctl over net.ipv4.ip_forward in the mount
// namespace of the test.
func coverForward(b *program.Builder) {
	b.MountSetattr(program.Cwd, "/", unix.AT_RECURSIVE, unix.MountAttr{Propagation: unix.MS_PRIVATE})
	other := b.OpenTree(program.Cwd, "/proc/sys/net/ipv4/ip_default_ttl", unix.OPEN_TREE_CLONE).Result("other")
	target := b.Openat(program.Cwd, "/proc/sys/net/ipv4/ip_forward", unix.O_PATH).Result("target")
	b.MoveMount(other, target)
}
