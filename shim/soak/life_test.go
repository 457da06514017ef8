package soak

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Chances of what is rare, one in so many.
const (
	shimOne  = 50  // lives, in a shim of their own that is killed
	savedOne = 100 // lives that are saved and restored
)

func (s *soakTest) oneIn(n int) bool { return s.random.IntN(n) == 0 }

// kindOf returns the kind of a bundle.
func kindOf(name string) string { return strings.TrimPrefix(name, short) }

// live has one container live.
func (s *soakTest) live(n int) {
	s.t.Helper()
	names := slices.Sorted(maps.Keys(kinds))
	kind, id := names[n%len(names)], s.id(fmt.Sprint(n))
	if n >= len(names) { // when each has lived once
		kind = names[s.random.IntN(len(names))]
	}
	switch {
	case s.oneIn(shimOne):
		s.killShim(id)
	case s.oneIn(4) && kind != "terminal":
		s.short(kind, id)
	default:
		s.long(kind, id)
	}
	for _, bundle := range []string{kind, short + kind, "plain"} {
		s.emptyBundle(bundle)
	}
}

// emptyBundle removes what the shim keeps in a bundle: containerd makes one for each
// container, and removes it as a whole.
func (s *soakTest) emptyBundle(name string) {
	for _, file := range []string{"rt-shim.json", "rt-exit.json", "address"} {
		_ = os.Remove(filepath.Join(s.path(name), file))
	}
}

// create makes a container in the shim. Its output goes to the fifos if it has no terminal.
func (s *soakTest) create(bundle, id string, edit func(*task.CreateTaskRequest)) {
	s.t.Helper()
	r := &task.CreateTaskRequest{ID: id, Bundle: s.path(bundle), Options: s.shim.settings}
	if edit != nil {
		edit(r)
	}
	must(s.shim, s.shim.tasks.Create, r)
}

// short is the life of a container that ends by itself, and is heard to its end.
func (s *soakTest) short(kind, id string) {
	s.t.Helper()
	said, errors := read(s.path("stdout")), read(s.path("stderr"))
	s.create(short+kind, id, func(r *task.CreateTaskRequest) { r.Stdout, r.Stderr = s.path("stdout"), s.path("stderr") })
	ended := s.await(id, "")
	must(s.shim, s.shim.tasks.Start, &task.StartRequest{ID: id})
	if status := <-ended; status != 0 {
		s.t.Errorf("%s %s ends with status %d", kind, id, status)
	}
	must(s.shim, s.shim.tasks.Delete, &task.DeleteRequest{ID: id})
	if text := <-said; text != "short\n" {
		s.t.Errorf("%s %s says %q", kind, id, text)
	}
	if text := <-errors; text != "" {
		s.t.Errorf("%s %s says of errors %q", kind, id, text)
	}
}

// await waits for the end of a process before it has begun, as containerd does.
func (s *soakTest) await(id, execID string) <-chan uint32 {
	ended := make(chan uint32, 1)
	h := s.shim
	go func() { ended <- must(h, h.tasks.Wait, &task.WaitRequest{ID: id, ExecID: execID}).ExitStatus }()
	return ended
}

// long is the life of a container that is killed.
func (s *soakTest) long(kind, id string) {
	s.t.Helper()
	s.create(kind, id, func(r *task.CreateTaskRequest) { r.Terminal = kind == "terminal" })
	if s.oneIn(20) { // it is never started
		must(s.shim, s.shim.tasks.Delete, &task.DeleteRequest{ID: id})
		return
	}
	must(s.shim, s.shim.tasks.Start, &task.StartRequest{ID: id})
	for range s.random.IntN(4) {
		s.act(id)
	}
	if s.criu && kind == "plain" && s.oneIn(savedOne/len(kinds)) {
		s.save(kind, id)
	}
	s.end(s.shim, id)
	if s.oneIn(4) {
		s.act(s.shim.id) // of the container that stays
	}
}

// end kills a container, and deletes it.
func (s *soakTest) end(h *shim, id string) {
	s.t.Helper()
	must(h, h.tasks.Kill, &task.KillRequest{ID: id, Signal: uint32(unix.SIGKILL), All: true})
	must(h, h.tasks.Wait, &task.WaitRequest{ID: id})
	must(h, h.tasks.Delete, &task.DeleteRequest{ID: id})
}

// act does one thing with a container that runs, which runs on.
func (s *soakTest) act(id string) {
	s.t.Helper()
	h := s.shim
	switch s.random.IntN(7) {
	case 0:
		s.exec(id, "busybox", "true")
	case 1:
		s.exec(id, "busybox", "sh", "-c", "exit 7")
	case 2:
		must(h, h.tasks.Pause, &task.PauseRequest{ID: id})
		must(h, h.tasks.Resume, &task.ResumeRequest{ID: id})
	case 3:
		must(h, h.tasks.Stats, &task.StatsRequest{ID: id})
	case 4:
		must(h, h.tasks.Pids, &task.PidsRequest{ID: id})
		must(h, h.tasks.State, &task.StateRequest{ID: id})
	case 5:
		limit := int64(64<<20 + s.random.IntN(64)<<20)
		data, _ := json.Marshal(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &limit}})
		must(h, h.tasks.Update, &task.UpdateTaskRequest{ID: id, Resources: &anypb.Any{
			TypeUrl: "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources", Value: data,
		}})
	case 6:
		must(h, h.tasks.Kill, &task.KillRequest{ID: id, Signal: uint32(unix.SIGCONT)})
	}
}

// exec executes a command, with its output to the fifos, or with a terminal.
func (s *soakTest) exec(id string, args ...string) {
	s.t.Helper()
	const execID = "e"
	h, tty := s.shim, s.oneIn(3)
	p := &specs.Process{Args: args, Cwd: "/", Terminal: tty, Env: []string{"PATH=/bin", "TEST_TAG=" + s.mark.Tag}}
	data, err := json.Marshal(p)
	if err != nil {
		s.t.Fatal(err)
	}
	r := &task.ExecProcessRequest{ID: id, ExecID: execID, Terminal: tty, Spec: &anypb.Any{Value: data}}
	said := read(s.path("stdout"))
	r.Stdout = s.path("stdout")
	must(h, h.tasks.Exec, r)
	ended := s.await(id, execID)
	must(h, h.tasks.Start, &task.StartRequest{ID: id, ExecID: execID})
	if status := <-ended; status != 0 && status != 7 {
		s.t.Errorf("%q in %s ends with status %d", args, id, status)
	}
	must(h, h.tasks.Delete, &task.DeleteRequest{ID: id, ExecID: execID})
	<-said
}

// save saves a container, which ends it, and restores it.
func (s *soakTest) save(kind, id string) {
	s.t.Helper()
	images, h := s.path("images"), s.shim
	defer func() { _ = os.RemoveAll(images) }()
	exit, err := proto.Marshal(&options.CheckpointOptions{Exit: true})
	if err != nil {
		s.t.Fatal(err)
	}
	must(h, h.tasks.Checkpoint, &task.CheckpointTaskRequest{ID: id, Path: images, Options: &anypb.Any{
		TypeUrl: "containerd.runc.v1.CheckpointOptions", Value: exit,
	}})
	must(h, h.tasks.Wait, &task.WaitRequest{ID: id})
	must(h, h.tasks.Delete, &task.DeleteRequest{ID: id})
	s.create(kind, id, func(r *task.CreateTaskRequest) { r.Checkpoint = images })
	must(h, h.tasks.Start, &task.StartRequest{ID: id})
	s.saved++
}

// killShim kills a shim with a container, and has its program remove what is left.
func (s *soakTest) killShim(id string) {
	s.t.Helper()
	s.killed++
	bundle := s.path("plain")
	h := s.newShim(id, bundle)
	must(h, h.tasks.Create, &task.CreateTaskRequest{ID: id, Bundle: bundle, Options: h.settings})
	if s.oneIn(2) {
		must(h, h.tasks.Start, &task.StartRequest{ID: id})
	}
	if err := unix.Kill(h.pid, unix.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	h.awaitEnd()
	h.client.Close()
	if out, err := h.command("delete", id, bundle).CombinedOutput(); err != nil {
		s.t.Errorf("delete: %v: %s", err, out)
	}
}
