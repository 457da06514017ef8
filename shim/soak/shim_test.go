package soak

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/api/services/ttrpc/events/v1"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/ttrpc"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	namespace = "rt-soak"
	patience  = time.Minute // for one request
)

// sink takes the events of all shims, as containerd would, and counts them.
type sink struct{ taken atomic.Int64 }

// Forward takes an event.
func (s *sink) Forward(context.Context, *events.ForwardRequest) (*emptypb.Empty, error) {
	s.taken.Add(1)
	return &emptypb.Empty{}, nil
}

// newSink serves on a socket until the end of the test.
func newSink(t *testing.T, path string) *sink {
	t.Helper()
	server, err := ttrpc.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{}
	events.RegisterTTRPCEventsService(server, s)
	go func() { _ = server.Serve(context.Background(), listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

// shim is a shim as containerd starts and uses it.
type shim struct {
	t        *testing.T
	dir      string // of the test
	id       string // of its first container
	program  string
	settings *anypb.Any
	client   *ttrpc.Client
	tasks    task.TTRPCTaskService
	pid      int
}

// newShim starts one for the container with this bundle.
func (s *soakTest) newShim(id, bundle string) *shim {
	s.t.Helper()
	program := os.Getenv(shimVar)
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			s.t.Fatal(err)
		}
	}
	h := &shim{t: s.t, dir: s.mark.Dir, id: id, program: program}
	value, err := proto.Marshal(&options.Options{Root: s.mark.State})
	if err != nil {
		s.t.Fatal(err)
	}
	h.settings = &anypb.Any{TypeUrl: "containerd.runc.v1.Options", Value: value}
	h.connect(h.start(bundle))
	return h
}

// start starts the shim, and returns its address.
func (h *shim) start(bundle string) string {
	h.t.Helper()
	dir := filepath.Join(h.dir, "s")
	input, err := proto.Marshal(&bootstrap.BootstrapParams{
		InstanceID: h.id, Namespace: namespace, ContainerdTtrpcAddress: h.events(), ContainerdGrpcAddress: h.events(),
		LogLevel: bootstrap.LogLevel_LOG_LEVEL_INFO, SocketDir: &dir, Extensions: []*bootstrap.Extension{{Value: h.settings}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := h.command("start", h.id, bundle)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		h.t.Fatalf("%v: %v: %s", cmd, err, stderr.Bytes())
	}
	var answer bootstrap.BootstrapResult
	if err := proto.Unmarshal(stdout.Bytes(), &answer); err != nil {
		h.t.Fatalf("the shim's answer %q: %v", stdout.Bytes(), err)
	}
	return strings.TrimPrefix(answer.Address, "unix://")
}

// events is the address of the sink.
func (h *shim) events() string { return filepath.Join(h.dir, "events") }

// command is a command of the shim's program, for a container.
func (h *shim) command(action, id, bundle string) *exec.Cmd {
	cmd := exec.Command(h.program, "-namespace", namespace, "-address", h.events(), "-publish-binary", h.program, "-id", id, "-bundle", bundle, action)
	cmd.Dir = bundle
	cmd.Env = append(os.Environ(), "TTRPC_ADDRESS="+h.events(), "GRPC_ADDRESS="+h.events(), "NAMESPACE="+namespace)
	return cmd
}

func (h *shim) connect(path string) {
	h.t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		h.t.Fatal(err)
	}
	h.client = ttrpc.NewClient(conn)
	h.tasks = task.NewTTRPCTaskClient(h.client)
	h.pid = int(must(h, h.tasks.Connect, &task.ConnectRequest{ID: h.id}).ShimPid)
}

// must makes a request that must succeed in time.
func must[Req, Resp any](h *shim, f func(context.Context, *Req) (*Resp, error), r *Req) *Resp {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(namespaces.WithNamespace(context.Background(), namespace), patience)
	defer cancel()
	resp, err := f(ctx, r)
	if err != nil {
		h.t.Fatalf("%T %+v: %v", r, r, err)
	}
	return resp
}

// shutDown asks the shim to end, and waits for that.
func (h *shim) shutDown() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(namespaces.WithNamespace(context.Background(), namespace), patience)
	defer cancel()
	if _, err := h.tasks.Shutdown(ctx, &task.ShutdownRequest{ID: h.id}); err != nil && !errors.Is(err, ttrpc.ErrClosed) {
		h.t.Error(err)
	}
	h.client.Close()
	h.awaitEnd()
}

// awaitEnd waits for the end of the shim, which whoever started it does not reap.
func (h *shim) awaitEnd() {
	h.t.Helper()
	for deadline := time.Now().Add(patience); unix.Kill(h.pid, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("the shim %d does not end", h.pid)
		}
	}
}

// read reads a fifo to its end.
func read(path string) <-chan string {
	got := make(chan string, 1)
	go func() {
		f, err := os.Open(path)
		if err != nil {
			got <- err.Error()
			return
		}
		defer f.Close()
		text, _ := io.ReadAll(f)
		got <- string(text)
	}()
	return got
}
