package event

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	eventtypes "github.com/containerd/containerd/api/events"
	"github.com/containerd/containerd/api/services/ttrpc/events/v1"
	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// containerd takes events, and refuses those with a certain id.
type containerd struct {
	mu  sync.Mutex
	got []string
}

const refused = "refused"

func (c *containerd) Forward(_ context.Context, r *events.ForwardRequest) (*emptypb.Empty, error) {
	var e eventtypes.TaskStart
	if err := r.Envelope.Event.UnmarshalTo(&e); err != nil {
		return nil, err
	}
	if e.ContainerID == refused {
		return nil, status.Error(codes.InvalidArgument, "unwanted")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, r.Envelope.Namespace+r.Envelope.Topic+" "+e.ContainerID)
	return &emptypb.Empty{}, nil
}

func (c *containerd) events() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

// serve serves at the path, until the function that it returns is called.
func (c *containerd) serve(t *testing.T, path string) (stop func()) {
	t.Helper()
	_ = os.Remove(path)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ttrpc.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	events.RegisterTTRPCEventsService(server, c)
	go func() { _ = server.Serve(context.Background(), l) }()
	return func() { _ = server.Close() }
}

func numbered(from, to int) (want []string) {
	for i := from; i < to; i++ {
		want = append(want, fmt.Sprintf("ns/tasks/start %d", i))
	}
	return want
}

// Events come in order, also those that wait while containerd is away. An event that was
// being sent when containerd died may come twice, because nobody can know whether it
// arrived.
func TestOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	var c containerd
	q := NewQueue("unix://"+path, "ns", func(err error) { t.Error(err) })
	send := func(from, to int) {
		for i := from; i < to; i++ {
			q.Send("/tasks/start", &eventtypes.TaskStart{ContainerID: fmt.Sprint(i)})
		}
	}
	send(0, 100) // nobody is there
	stop := c.serve(t, path)
	q.Flush(10 * time.Second)
	stop()
	send(100, 200)
	time.Sleep(50 * time.Millisecond)
	stop = c.serve(t, path)
	defer stop()
	q.Flush(10 * time.Second)
	got := c.events()
	if len(got) > 201 || !slices.Equal(slices.Compact(got), numbered(0, 200)) {
		t.Errorf("got %d events, or in another order: %q", len(got), got)
	}
}

// Only an event that containerd refuses is lost, with a warning.
func TestRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	var c containerd
	defer c.serve(t, path)()
	warnings := make(chan error, 1)
	q := NewQueue(path, "ns", func(err error) { warnings <- err })
	q.Send("/tasks/start", &eventtypes.TaskStart{ContainerID: refused})
	q.Send("/tasks/start", &eventtypes.TaskStart{ContainerID: "0"})
	q.Flush(20 * time.Second)
	if got := c.events(); !slices.Equal(got, numbered(0, 1)) {
		t.Errorf("got %q", got)
	}
	select {
	case <-warnings:
	default:
		t.Error("no warning")
	}
}

// Events that nobody takes are not kept without limit, and not waited for.
func TestNobody(t *testing.T) {
	q := NewQueue(filepath.Join(t.TempDir(), "socket"), "ns", func(error) {})
	for range most + 10 {
		q.Send("/tasks/start", &eventtypes.TaskStart{})
	}
	begin := time.Now()
	q.Flush(100 * time.Millisecond)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("Flush took %v", took)
	}
	if len(q.waiting) != most {
		t.Errorf("%d events wait, want %d", len(q.waiting), most)
	}
}
