package task

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	api "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/types/runc/options"
	tasktypes "github.com/containerd/containerd/api/types/task"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/leak"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// patience bounds every request and every wait of these tests.
const patience = 30 * time.Second

// shim is a service with real containers. It keeps the events.
type shim struct {
	*Service
	mark leak.Mark

	mu   sync.Mutex
	told []string
}

// newShim returns one. In the end of the test nothing may be left of its containers.
func newShim(t *testing.T) *shim {
	t.Helper()
	need.Root(t)
	dir, err := os.MkdirTemp("", "rt-shim-")
	if err != nil {
		t.Fatal(err)
	}
	s := &shim{mark: leak.Mark{Dir: dir, Tag: "t" + strconv.FormatUint(rand.Uint64(), 36), State: filepath.Join(dir, "state")}}
	t.Cleanup(func() { s.checkLeaks(t) })
	s.Service, err = New(Config{Namespace: "ns", Events: s, Warn: func(err error) { t.Log("warning:", err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// checkLeaks fails the test if it left anything, and removes everything.
func (s *shim) checkLeaks(t *testing.T) {
	for _, c := range s.containers {
		if c != nil {
			t.Errorf("container %s is left", c.id)
			_ = c.store.Delete(context.Background(), c.id, true)
		}
	}
	_ = os.Remove(filepath.Join(s.mark.State, "ns"))
	for _, left := range s.mark.Find() {
		t.Errorf("left behind: %s", left.What)
	}
	s.mark.Remove()
	if err := os.RemoveAll(s.mark.Dir); err != nil {
		t.Error(err)
	}
}

// Send keeps an event, as its topic and what it is about.
func (s *shim) Send(topic string, e proto.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	about := ""
	if e, ok := e.(interface{ GetExecID() string }); ok {
		about = " " + e.GetExecID()
	}
	if e, ok := e.(interface{ GetExitStatus() uint32 }); ok {
		about += fmt.Sprintf(" %d", e.GetExitStatus())
	}
	s.told = append(s.told, topic+about)
}

func (s *shim) events() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}

// bundle makes one, whose container executes these arguments of busybox.
func (s *shim) bundle(t *testing.T, id string, edit func(*specs.Spec), args ...string) string {
	t.Helper()
	dir := filepath.Join(s.mark.Dir, id)
	program, err := os.ReadFile(need.Busybox(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"bin", "proc", "sys", "dev", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, "rootfs", sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "rootfs/bin/busybox"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	c := spec.Default()
	c.Process.Terminal = false
	c.Process.Args = append([]string{"busybox"}, args...)
	c.Process.Env = append(c.Process.Env, "TEST_TAG="+s.mark.Tag)
	c.Linux.CgroupsPath = "/rt-shim-" + s.mark.Tag + "-" + id
	if edit != nil {
		edit(c)
	}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, spec.ConfigFile), data, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// options are those of every container of the tests: its state is in their directory.
func (s *shim) options(t *testing.T) *anypb.Any {
	t.Helper()
	return packed(t, &options.Options{Root: s.mark.State})
}

func packed(t *testing.T, m proto.Message) *anypb.Any {
	t.Helper()
	p, err := pack(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// create makes a container that executes these arguments of busybox.
func (s *shim) create(t *testing.T, id string, args ...string) {
	t.Helper()
	s.createWith(t, id, nil, args...)
}

func (s *shim) createWith(t *testing.T, id string, edit func(*specs.Spec), args ...string) {
	t.Helper()
	must(t, s.Create, &api.CreateTaskRequest{ID: id, Bundle: s.bundle(t, id, edit, args...), Options: s.options(t)})
}

// run is create and start.
func (s *shim) run(t *testing.T, id string, args ...string) {
	t.Helper()
	s.create(t, id, args...)
	must(t, s.Start, &api.StartRequest{ID: id})
}

// end kills a container's processes, and removes it.
func (s *shim) end(t *testing.T, id string) {
	t.Helper()
	must(t, s.Kill, &api.KillRequest{ID: id, Signal: 9, All: true})
	must(t, s.Wait, &api.WaitRequest{ID: id})
	must(t, s.Delete, &api.DeleteRequest{ID: id})
}

// is fails the test unless a process has this status.
func (s *shim) is(t *testing.T, id, execID string, want tasktypes.Status) *api.StateResponse {
	t.Helper()
	state := must(t, s.State, &api.StateRequest{ID: id, ExecID: execID})
	if state.Status != want {
		t.Fatalf("process %q of %s is %s, want %s", execID, id, state.Status, want)
	}
	return state
}

// exec adds another process, which executes these arguments.
func (s *shim) exec(t *testing.T, id, execID string, args ...string) {
	t.Helper()
	p := &specs.Process{Args: args, Cwd: "/", Env: []string{"PATH=/bin", "TEST_TAG=" + s.mark.Tag}}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	must(t, s.Exec, &api.ExecProcessRequest{ID: id, ExecID: execID, Spec: &anypb.Any{Value: data}})
}

// must makes a request that must succeed in time.
func must[Req, Resp any](t *testing.T, f func(context.Context, *Req) (*Resp, error), r *Req) *Resp {
	t.Helper()
	resp, err := call(t, f, r)
	if err != nil {
		t.Fatalf("%v: %v", r, err)
	}
	return resp
}

// call makes a request, whose error is what containerd gets.
func call[Req, Resp any](t *testing.T, f func(context.Context, *Req) (*Resp, error), r *Req) (*Resp, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	resp, err := method(f)(ctx, func(to any) error {
		reflect.ValueOf(to).Elem().Set(reflect.ValueOf(r).Elem())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp.(*Resp), nil
}

// refused makes a request that must fail with this class of error.
func refused[Req, Resp any](t *testing.T, want codes.Code, f func(context.Context, *Req) (*Resp, error), r *Req) error {
	t.Helper()
	_, err := call(t, f, r)
	if got := status.Code(err); got != want || err == nil {
		t.Errorf("%v: %v, want %v", r, err, want)
	}
	return err
}
