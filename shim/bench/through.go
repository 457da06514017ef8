package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/api/services/containers/v1"
	"github.com/containerd/containerd/api/services/tasks/v1"
	"github.com/oci-rt/rt/tests/measure"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// runtimes are the peers' names in containerd.
var runtimes = map[string]string{rt: "io.containerd.rt.v1", crun: "io.containerd.runc.v2", runc: "io.containerd.runc.v2"}

// ward is a container that waits for ever, and which containerd manages.
type ward struct {
	d              *daemon
	id             string
	stdout, stderr string
	readers        [2]*os.File
	execs          int
}

// measureThroughContainerd measures exec of /bin/true through a real containerd, with its
// own CPU time.
func (w *workplace) measureThroughContainerd(ctx context.Context, r *result) error {
	if w.o.containerd == "" {
		say("there is no containerd to go through")
		return nil
	}
	say("exec of /bin/true through containerd")
	d, err := w.startDaemon(ctx)
	if err != nil {
		return err
	}
	var wards []*ward
	for _, p := range w.peers {
		x, err := w.newWard(ctx, d, p)
		if x != nil {
			defer x.remove()
		}
		if err != nil {
			return fmt.Errorf("%s: container of containerd: %w", p.name, err)
		}
		wards = append(wards, x)
	}
	wall, cpu := r.newMetric("through_wall", "exec of /bin/true through containerd: wall", "ms"), r.newMetric("through_cpu", "exec of /bin/true through containerd: CPU", "ms")
	return measure.Rounds(ctx, w.o.rounds, len(wards), func(i int) error {
		s, err := d.sampled(func() error { return wards[i].exec(ctx) })
		wall.Add(i, s.wall)
		cpu.Add(i, s.cpu)
		return err
	})
}

// newWard makes a container and starts it.
func (w *workplace) newWard(ctx context.Context, d *daemon, p *peer) (*ward, error) {
	x := &ward{d: d, id: w.Name() + "-ward-" + p.name}
	spec, err := w.wardSpec(d, x.id)
	if err != nil {
		return nil, err
	}
	for i, path := range []*string{&x.stdout, &x.stderr} {
		*path = w.Path(fmt.Sprintf("%s-%d", x.id, i))
		if x.readers[i], err = newFifo(*path, os.O_RDONLY); err != nil {
			return nil, err
		}
	}
	err = d.call(ctx, "containers.v1.Containers/Create", &containers.CreateContainerRequest{Container: &containers.Container{
		ID: x.id, Spec: spec, Runtime: &containers.Container_Runtime{Name: runtimes[p.name], Options: p.options},
	}}, &containers.CreateContainerResponse{})
	if err != nil {
		return nil, err
	}
	if err := d.call(ctx, "tasks.v1.Tasks/Create", &tasks.CreateTaskRequest{ContainerID: x.id, Options: p.options}, &tasks.CreateTaskResponse{}); err != nil {
		return x, err
	}
	return x, d.call(ctx, "tasks.v1.Tasks/Start", &tasks.StartRequest{ContainerID: x.id}, &tasks.StartResponse{})
}

// wardSpec is the configuration of a container in the cgroup that counts containerd.
func (w *workplace) wardSpec(d *daemon, id string) (*anypb.Any, error) {
	dir, err := w.MakeBundle(id, filepath.Join(d.cgroup, id), func(spec map[string]any) {
		spec["process"].(map[string]any)["args"] = []string{"/bin/pause"}
	})
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	return &anypb.Any{TypeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec", Value: json.RawMessage(text)}, err
}

// exec executes /bin/true in the container, in the calls of containerd's client.
func (x *ward) exec(ctx context.Context) error {
	x.execs++
	id := fmt.Sprintf("exec-%d", x.execs)
	err := x.d.call(ctx, "tasks.v1.Tasks/Exec", &tasks.ExecProcessRequest{
		ContainerID: x.id, ExecID: id, Stdout: x.stdout, Stderr: x.stderr, Spec: execProcess,
	}, &emptypb.Empty{})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		ended <- x.d.call(ctx, "tasks.v1.Tasks/Wait", &tasks.WaitRequest{ContainerID: x.id, ExecID: id}, &tasks.WaitResponse{})
	}()
	if err := x.d.call(ctx, "tasks.v1.Tasks/Start", &tasks.StartRequest{ContainerID: x.id, ExecID: id}, &tasks.StartResponse{}); err != nil {
		return err
	}
	if err := <-ended; err != nil {
		return err
	}
	return x.d.call(ctx, "tasks.v1.Tasks/DeleteProcess", &tasks.DeleteProcessRequest{ContainerID: x.id, ExecID: id}, &tasks.DeleteResponse{})
}

// remove removes the container, and says what could not be removed.
func (x *ward) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- x.d.call(ctx, "tasks.v1.Tasks/Wait", &tasks.WaitRequest{ContainerID: x.id}, &tasks.WaitResponse{})
	}()
	err := x.d.call(ctx, "tasks.v1.Tasks/Kill", &tasks.KillRequest{ContainerID: x.id, Signal: uint32(unix.SIGKILL)}, &emptypb.Empty{})
	if err == nil {
		err = <-ended
	}
	if err == nil {
		err = x.d.call(ctx, "tasks.v1.Tasks/Delete", &tasks.DeleteTaskRequest{ContainerID: x.id}, &tasks.DeleteResponse{})
	}
	if err != nil {
		say("remove %s: %v", x.id, err)
	}
	for _, f := range x.readers {
		f.Close()
	}
}
