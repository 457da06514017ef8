package boot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// groupAnnotations name the group of containers that one shim serves: the group of
// containerd's own shim, and the pod of Kubernetes. The first that is set counts.
var groupAnnotations = [...]string{"io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"}

// start starts a shim for the container, unless the shim of its group already runs.
// The working directory is the container's bundle.
func start(a *arguments, in io.Reader, out io.Writer) error {
	req, err := readRequest(a, in)
	if err != nil {
		return err
	}
	group, err := groupOf(a.id)
	if err != nil {
		return err
	}
	address := socketAddress(req.socketDir, a.address, a.namespace, group)
	// Before there is a socket, so that delete finds it whatever happens.
	if err := writeAddress(address); err != nil {
		return err
	}
	socket, err := listen(address)
	if errors.Is(err, errServed) {
		return req.answer(out, address)
	}
	if err != nil {
		return fmt.Errorf("make the shim's socket: %w", err)
	}
	defer socket.Close()
	cmd, err := a.spawn(socket, address)
	if err == nil {
		err = errors.Join(place(cmd.Process.Pid, req.options.ShimCgroup), protect(cmd.Process.Pid), req.answer(out, address))
		if err != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	if err != nil {
		_ = os.Remove(strings.TrimPrefix(address, unixScheme))
	}
	return err
}

// groupOf returns the name of the group that the bundle's container belongs to.
func groupOf(id string) (string, error) {
	text, err := os.ReadFile(spec.ConfigFile)
	if err != nil {
		return "", err
	}
	var config struct {
		Annotations map[string]string `json:"annotations"`
	}
	if err := spec.Decode(&config, spec.ConfigFile, text); err != nil {
		return "", err
	}
	for _, name := range groupAnnotations {
		if group := config.Annotations[name]; group != "" {
			return group, nil
		}
	}
	return id, nil
}

// spawn starts the shim itself, which serves on the socket.
func (a *arguments) spawn(socket *os.File, address string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"-namespace", a.namespace, "-id", a.id, "-address", a.address, "-socket", strings.TrimPrefix(address, unixScheme)}
	if a.debug {
		args = append(args, "-debug")
	}
	cmd := exec.Command(self, args...)
	cmd.Env = environment()
	cmd.ExtraFiles = []*os.File{socket}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// Core scheduling is inherited from the thread that starts the process.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := isolateCore(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the shim: %w", err)
	}
	return cmd, nil
}

// environment returns the shim's environment: that of containerd without the
// variables of a service manager, because the shim is not a service.
func environment() []string {
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		switch name {
		case "NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID", "WATCHDOG_USEC", "GOMAXPROCS":
			continue
		}
		env = append(env, variable)
	}
	// Each additional processor takes memory, of which a shim should need little.
	return append(env, "GOMAXPROCS=2")
}

// isolateCore gives the calling thread, and the processes that it starts, cores of
// their own if containerd was told to do so (prctl(2), PR_SCHED_CORE, Linux 5.14).
func isolateCore() error {
	if os.Getenv("SCHED_CORE") == "" {
		return nil
	}
	const processGroup = 2
	err := unix.Prctl(unix.PR_SCHED_CORE, unix.PR_SCHED_CORE_CREATE, 0, processGroup, 0)
	return os.NewSyscallError("core scheduling (SCHED_CORE): prctl", err)
}
