package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/ttrpc"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
)

// stopLimit bounds the removal of one pod.
const stopLimit = 20 * time.Second

// pod is a shim with a container whose program waits for ever.
type pod struct {
	w      *workplace
	peer   *peer
	id     string
	bundle string
	log    *os.File    // what the shim has to say
	output [2]*os.File // of processes that are not its first one, as their reader has it
	client *ttrpc.Client
	tasks  task.TTRPCTaskService
	pid    int               // of the shim
	execs  int               // that were made so far
	more   map[string]string // bundles of its other containers, by id
}

// newPod prepares a pod, which is not started yet.
func (w *workplace) newPod(p *peer, name string) (*pod, error) {
	d := &pod{w: w, peer: p, id: w.Name() + "-" + p.name + "-" + name, more: map[string]string{}}
	var err error
	if d.bundle, err = w.bundle(p, d.id, "/bin/pause"); err != nil {
		return nil, err
	}
	if d.log, err = newFifo(filepath.Join(d.bundle, "log"), os.O_RDWR); err != nil {
		return nil, err
	}
	for i, name := range []string{"stdout", "stderr"} {
		if d.output[i], err = newFifo(filepath.Join(d.bundle, name), os.O_RDONLY); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// newFifo makes a fifo and opens it without waiting for anybody.
func newFifo(path string, flag int) (*os.File, error) {
	if err := unix.Mkfifo(path, 0o600); err != nil {
		return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
	}
	return os.OpenFile(path, flag|syscall.O_NONBLOCK, 0)
}

// start starts the shim and its first container.
func (p *pod) start(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.w.mu.Lock()
	p.w.pods[p] = true
	p.w.mu.Unlock()
	ctx, cancel := inNamespace(ctx)
	defer cancel()
	err := p.startShim(ctx)
	if err == nil {
		err = p.create(ctx, p.id, p.bundle, "", "")
	}
	if err == nil {
		_, err = p.tasks.Start(ctx, &task.StartRequest{ID: p.id})
	}
	if err != nil {
		return fmt.Errorf("%s: pod %s: %w%s", p.peer.name, p.id, err, p.said())
	}
	return nil
}

// said is the end of what the shim has logged, for errors.
func (p *pod) said() string {
	text := make([]byte, 4096)
	_ = p.log.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	n, _ := p.log.Read(text)
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (its log: %s)", bytes.TrimSpace(text[:n]))
}

// startShim starts the shim as containerd does, and connects to it.
func (p *pod) startShim(ctx context.Context) error {
	dir := p.w.Path("s")
	input, err := proto.Marshal(&bootstrap.BootstrapParams{
		InstanceID: p.id, Namespace: namespace, ContainerdTtrpcAddress: p.w.events.path, ContainerdGrpcAddress: p.w.events.path,
		LogLevel: bootstrap.LogLevel_LOG_LEVEL_INFO, SocketDir: &dir,
		Extensions: []*bootstrap.Extension{{Value: p.peer.options}},
	})
	if err != nil {
		return err
	}
	var stdout, stderr bytes.Buffer
	cmd := p.command("start", p.id, p.bundle)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &stdout, &stderr
	if err := p.peer.start(cmd); err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%v: %w: %s", cmd, err, bytes.TrimSpace(stderr.Bytes()))
	}
	var answer bootstrap.BootstrapResult
	if err := proto.Unmarshal(stdout.Bytes(), &answer); err != nil {
		return fmt.Errorf("the shim's answer %q: %w", stdout.Bytes(), err)
	}
	return p.connect(ctx, strings.TrimPrefix(answer.Address, "unix://"))
}

// command returns a command of the shim's program for a container.
func (p *pod) command(action, id, bundle string) *exec.Cmd {
	cmd := exec.Command(p.peer.shim, "-namespace", namespace, "-address", p.w.events.path, "-publish-binary", p.peer.shim,
		"-id", id, "-bundle", bundle, action)
	cmd.Dir = bundle
	cmd.Env = append(os.Environ(), "TTRPC_ADDRESS="+p.w.events.path, "GRPC_ADDRESS="+p.w.events.path, "NAMESPACE="+namespace)
	return cmd
}

func (p *pod) connect(ctx context.Context, path string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return err
	}
	p.client = ttrpc.NewClient(conn)
	p.tasks = task.NewTTRPCTaskClient(p.client)
	answer, err := p.tasks.Connect(ctx, &task.ConnectRequest{ID: p.id})
	if err != nil {
		return err
	}
	p.pid = int(answer.ShimPid)
	return nil
}

// callLimit bounds what a pod does at once.
const callLimit = time.Minute

// inNamespace returns the context of calls. Ctrl-C does not end a call: what is half made
// is not removed by every runtime.
func inNamespace(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(namespaces.WithNamespace(context.WithoutCancel(ctx), namespace), callLimit)
}

// stop removes everything of the pod.
func (p *pod) stop() error {
	p.w.mu.Lock()
	there := p.w.pods[p]
	delete(p.w.pods, p)
	p.w.mu.Unlock()
	if !there {
		return nil
	}
	ctx, cancel := context.WithTimeout(namespaces.WithNamespace(context.Background(), namespace), stopLimit)
	defer cancel()
	err := p.stopShim(ctx)
	if err != nil {
		err = errors.Join(err, p.sweep())
	}
	if p.client != nil {
		p.client.Close()
	}
	for _, f := range append(p.output[:], p.log) {
		f.Close()
	}
	if err != nil {
		return fmt.Errorf("%s: remove pod %s: %w", p.peer.name, p.id, err)
	}
	return os.RemoveAll(p.bundle)
}

// stopShim ends the container and the shim as containerd does.
func (p *pod) stopShim(ctx context.Context) error {
	if p.tasks == nil {
		return errors.New("its shim was not started")
	}
	for id := range p.more {
		if err := p.remove(ctx, id); err != nil {
			return err
		}
	}
	if err := p.remove(ctx, p.id); err != nil {
		return err
	}
	_, err := p.tasks.Shutdown(ctx, &task.ShutdownRequest{ID: p.id})
	if err != nil && !errors.Is(err, ttrpc.ErrClosed) {
		return err
	}
	return p.awaitEnd(ctx)
}

// awaitEnd waits for the end of the shim, which is a child here since its parent ended.
func (p *pod) awaitEnd(ctx context.Context) error {
	for ctx.Err() == nil {
		pid, err := unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
		if pid == p.pid || err == unix.ECHILD {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("the shim %d does not end: %w", p.pid, ctx.Err())
}

// sweep removes the pod without its shim's help.
func (p *pod) sweep() error {
	if p.pid > 0 {
		_ = unix.Kill(p.pid, unix.SIGKILL)
		_, _ = unix.Wait4(p.pid, nil, 0, nil)
	}
	var errs []error
	p.more[p.id] = p.bundle
	for id, bundle := range p.more {
		if out, err := p.command("delete", id, bundle).CombinedOutput(); err != nil {
			errs = append(errs, fmt.Errorf("delete %s: %w: %s", id, err, bytes.TrimSpace(out)))
		}
	}
	return errors.Join(errs...)
}
