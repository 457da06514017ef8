package libcontainer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/tests/notify"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// agent is a seccomp agent under test.
type agent struct {
	t       *testing.T
	path    string
	socket  *net.UnixListener
	decide  func(notify.Call) notify.Answer
	states  chan specs.ContainerProcessState
	answers chan int // how many calls one listener had
}

// newAgent starts an agent. Its path is longer than a socket address can be.
func newAgent(t *testing.T, decide func(notify.Call) notify.Answer) *agent {
	t.Helper()
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 120))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: "agent.sock", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{t, filepath.Join(dir, "agent.sock"), socket, decide, make(chan specs.ContainerProcessState, 4), make(chan int, 4)}
	t.Cleanup(func() { socket.Close() })
	go a.serve()
	return a
}

func (a *agent) serve() {
	for {
		conn, err := a.socket.AcceptUnix()
		if err != nil {
			return
		}
		a.take(conn)
	}
}

// take reads the one message of a connection and listens.
func (a *agent) take(conn *net.UnixConn) {
	defer conn.Close()
	data, control := make([]byte, 4096), make([]byte, 64)
	n, oobn, _, _, err := conn.ReadMsgUnix(data, control)
	if err != nil {
		a.t.Error(err)
		return
	}
	rest, _ := io.ReadAll(conn)
	var state specs.ContainerProcessState
	if err := json.Unmarshal(append(data[:n], rest...), &state); err != nil {
		a.t.Error(err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:oobn])
	if err != nil || len(messages) != 1 {
		a.t.Errorf("control messages %v, %v", messages, err)
		return
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		a.t.Errorf("descriptors %v, %v", fds, err)
		return
	}
	a.states <- state
	go a.listen(fds[0])
}

func (a *agent) listen(fd int) {
	defer unix.Close(fd)
	count := 0
	for {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		err := linux.RetryEINTR(func() error { _, err := unix.Poll(poll, -1); return err })
		if err != nil || poll[0].Revents&unix.POLLIN == 0 {
			a.answers <- count // nobody is left with this filter
			return
		}
		call, err := notify.Receive(fd)
		if err != nil {
			continue // the process is gone
		}
		count++
		reply := a.decide(call)
		reply.ID = call.ID
		_ = reply.Send(fd)
	}
}

// goOn has the kernel do the call.
func goOn(notify.Call) notify.Answer {
	return notify.Answer{Flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
}

func asks(a *agent, names ...string) *specs.LinuxSeccomp {
	s := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls:      []specs.LinuxSyscall{{Names: names, Action: specs.ActNotify}},
		ListenerPath:  a.path, ListenerMetadata: "m",
	}
	return s
}

// TestAgent has an agent decide on mkdir.
func TestAgent(t *testing.T) {
	for _, nnp := range []bool{false, true} {
		a := newAgent(t, func(notify.Call) notify.Answer { return notify.Answer{Errno: -int32(unix.EXDEV)} })
		s, cfg := faultBundle(t)
		cfg.Spec.Process.NoNewPrivileges = nnp
		cfg.Spec.Process.Args = []string{"busybox", "sh", "-c", "busybox mkdir /dev/shm/x 2>&1 | busybox grep -q Invalid.cross-device && exit 5"}
		cfg.Spec.Linux.Seccomp = asks(a, "mkdir", "mkdirat")
		f, err := s.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		state := <-a.states
		if len(state.Fds) != 1 || state.Fds[0] != specs.SeccompFdName || state.Pid != f.Pid() || state.Metadata != "m" ||
			state.State.Status != specs.StateCreating || state.State.Pid != f.Pid() || state.State.ID != cfg.ID {
			t.Errorf("state %+v of process %d", state, f.Pid())
		}
		if status, err := waitAndRemove(f); status != 5 || err != nil {
			t.Errorf("status %d, %v", status, err)
		}
		if n := <-a.answers; n != 1 {
			t.Errorf("%d calls were notified", n)
		}
	}
}

// TestAgentOfAnnotation has the agent that the annotation of crun names, if
// listenerPath names none.
func TestAgentOfAnnotation(t *testing.T) {
	a := newAgent(t, goOn)
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "mkdir", "/dev/shm/x"}
	cfg.Spec.Linux.Seccomp = asks(a, "mkdir", "mkdirat")
	cfg.Spec.Linux.Seccomp.ListenerPath = ""
	cfg.Spec.Annotations = map[string]string{"run.oci.seccomp.receiver": a.path}
	f, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if state := <-a.states; state.Pid != f.Pid() {
		t.Errorf("state %+v of process %d", state, f.Pid())
	}
	if status, err := waitAndRemove(f); status != 0 || err != nil {
		t.Errorf("status %d, %v", status, err)
	}
}

// TestAgentOfAll has an agent decide on everything, also on the calls by which
// the init would tell of its listener.
func TestAgentOfAll(t *testing.T) {
	a := newAgent(t, goOn)
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Args = []string{"busybox", "sleep", "1000"}
	cfg.Spec.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActNotify, ListenerPath: a.path}
	f, err := s.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	<-a.states
	c, err := s.Open(cfg.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e, err := c.Run(context.Background(), ExecConfig{Process: &specs.Process{
		Args: []string{"busybox", "true"}, Cwd: "/", Env: cfg.Spec.Process.Env}, Stdio: cfg.Stdio})
	if err != nil {
		t.Fatal(err)
	}
	if state := <-a.states; state.Pid != e.Pid() || state.State.Pid != f.Pid() || state.State.Status != specs.StateRunning {
		t.Errorf("state %+v of process %d in the container of %d", state, e.Pid(), f.Pid())
	}
	if status, err := wait(e); status != 0 || err != nil {
		t.Errorf("status %d, %v", status, err)
	}
	if err := f.Signal(unix.SIGKILL); err != nil {
		t.Error(err)
	}
	if _, err := waitAndRemove(f); err != nil {
		t.Error(err)
	}
}

// TestNoAgent wants an error, and nothing left, when nobody listens.
func TestNoAgent(t *testing.T) {
	a := newAgent(t, goOn)
	a.socket.Close()
	s, cfg := faultBundle(t)
	cfg.Spec.Linux.Seccomp = asks(a, "mkdir")
	before := leftovers(t, s, cfg)
	start := time.Now()
	_, err := s.Run(t.Context(), cfg)
	if err == nil || !strings.HasPrefix(err.Error(), "linux.seccomp.listenerPath: connect to ") ||
		!errors.Is(err, unix.ENOENT) {
		t.Errorf("error %v", err)
	}
	if left := added(before, leftovers(t, s, cfg)); len(left) != 0 {
		t.Errorf("left: %q (in %v)", left, time.Since(start))
	}
}
