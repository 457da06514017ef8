package netdevice

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/oci-rt/rt/tests/need"
)

func TestLoopbackUp(t *testing.T) {
	need.Root(t)
	cmd := exec.Command("cat") // lives until its input ends
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		input.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}()
	namespace, err := os.Open("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer namespace.Close()
	c, err := dialIn(namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	isUp := func() bool {
		l, err := c.linkNamed("lo")
		if err != nil {
			t.Fatal(err)
		}
		if l.index != loopbackIndex {
			t.Errorf("lo has index %d, want %d", l.index, loopbackIndex)
		}
		return l.up
	}
	if isUp() {
		t.Fatal("the loopback device of a new namespace is up already")
	}
	if err := LoopbackUp(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if !isUp() {
		t.Error("the loopback device is not up")
	}
	if err := LoopbackUp(-1); err == nil || !strings.Contains(err.Error(), "network namespace") {
		t.Errorf("of no process: %v", err)
	}
}
