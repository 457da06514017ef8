package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/containerd/containerd/api/runtime/task/v3"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/types/known/anypb"
)

// create creates a container in the pod.
func (p *pod) create(ctx context.Context, id, bundle, stdout, stderr string) error {
	_, err := p.tasks.Create(ctx, &task.CreateTaskRequest{
		ID: id, Bundle: bundle, Stdout: stdout, Stderr: stderr, Options: p.peer.options,
	})
	return err
}

// outputs are the fifos that the output of a process goes to.
func (p *pod) outputs() (stdout, stderr string) {
	return filepath.Join(p.bundle, "stdout"), filepath.Join(p.bundle, "stderr")
}

// execProcess is what is executed in containers, as containerd passes it on.
var execProcess = &anypb.Any{
	TypeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Process",
	Value: []byte(`{"user": {"uid": 0, "gid": 0}, "args": ["/bin/true"], "cwd": "/", "noNewPrivileges": true,
		"env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
		"capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]}}`),
}

// exec executes /bin/true in the pod's container, in the calls of a client of
// containerd: somebody waits before it is started.
func (p *pod) exec(ctx context.Context) error {
	p.execs++
	id := fmt.Sprintf("exec-%d", p.execs)
	ctx, cancel := inNamespace(ctx)
	defer cancel()
	stdout, stderr := p.outputs()
	_, err := p.tasks.Exec(ctx, &task.ExecProcessRequest{ID: p.id, ExecID: id, Stdout: stdout, Stderr: stderr, Spec: execProcess})
	if err == nil {
		err = p.runToEnd(ctx, p.id, id)
	}
	if err != nil {
		return fmt.Errorf("%s: exec: %w%s", p.peer.name, err, p.said())
	}
	return nil
}

// life runs a container of /bin/true in the pod's shim.
func (p *pod) life(ctx context.Context, id, bundle string) error {
	ctx, cancel := inNamespace(ctx)
	defer cancel()
	stdout, stderr := p.outputs()
	p.more[id] = bundle
	err := p.create(ctx, id, bundle, stdout, stderr)
	if err == nil {
		err = p.runToEnd(ctx, id, "")
	}
	if err != nil {
		return fmt.Errorf("%s: run: %w%s", p.peer.name, err, p.said())
	}
	delete(p.more, id)
	return nil
}

// add adds a container that waits for ever.
func (p *pod) add(ctx context.Context, id, bundle string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ctx, cancel := inNamespace(ctx)
	defer cancel()
	p.more[id] = bundle
	err := p.create(ctx, id, bundle, "", "")
	if err == nil {
		_, err = p.tasks.Start(ctx, &task.StartRequest{ID: id})
	}
	if err != nil {
		return fmt.Errorf("%s: add a container: %w%s", p.peer.name, err, p.said())
	}
	return nil
}

// runToEnd starts a process, waits for its end and deletes it.
func (p *pod) runToEnd(ctx context.Context, id, execID string) error {
	ended := p.await(ctx, id, execID)
	if _, err := p.tasks.Start(ctx, &task.StartRequest{ID: id, ExecID: execID}); err != nil {
		return err
	}
	end := <-ended
	if end.err != nil {
		return end.err
	}
	if end.status != 0 {
		return fmt.Errorf("/bin/true has ended with status %d", end.status)
	}
	_, err := p.tasks.Delete(ctx, &task.DeleteRequest{ID: id, ExecID: execID})
	return err
}

// end is how a process has ended.
type end struct {
	status uint32
	err    error
}

// await waits for the end of a process, in a goroutine of its own.
func (p *pod) await(ctx context.Context, id, execID string) <-chan end {
	ended := make(chan end, 1)
	go func() {
		answer, err := p.tasks.Wait(ctx, &task.WaitRequest{ID: id, ExecID: execID})
		ended <- end{answer.GetExitStatus(), err}
	}()
	return ended
}

// remove kills and deletes a container.
func (p *pod) remove(ctx context.Context, id string) error {
	ended := p.await(ctx, id, "")
	if _, err := p.tasks.Kill(ctx, &task.KillRequest{ID: id, Signal: uint32(unix.SIGKILL)}); err != nil {
		return err
	}
	if end := <-ended; end.err != nil {
		return end.err
	}
	_, err := p.tasks.Delete(ctx, &task.DeleteRequest{ID: id})
	return err
}
