package engines

import (
	"net"
	"strings"
	"testing"
	"time"
)

// TestPodmanNotify: when the service in a container says that it is ready, the
// service manager hears of it. Podman and conmon see to that themselves: the
// runtime must not be in their way.
func TestPodmanNotify(t *testing.T) {
	e := newPodman(t)
	address := e.path("manager")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	e.env = append(e.env, "NOTIFY_SOCKET="+address)
	e.ok(t, "run", "-d", "--name=c", "--sdnotify=container", image, "sleep", "1000")
	service, err := net.Dial("unixgram", "/proc/"+e.ok(t, "inspect", "--format={{.State.Pid}}", "c")+"/root/run/notify/notify.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	if _, err := service.Write([]byte("READY=1")); err != nil {
		t.Error(err)
	}
	told := ""
	for !strings.Contains(told, "READY=1") {
		told += hear(t, manager) + "\n"
	}
	if !strings.Contains(told, "MAINPID=") {
		t.Errorf("the service manager was told %q", told)
	}
}

// hear returns what the service manager is told next.
func hear(t *testing.T, manager *net.UnixConn) string {
	t.Helper()
	buf := make([]byte, 4096)
	_ = manager.SetReadDeadline(time.Now().Add(patience))
	n, err := manager.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}
