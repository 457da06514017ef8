// Package event tells containerd what happens.
package event

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/containerd/containerd/api/services/ttrpc/events/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/containerd/ttrpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	most    = 2048 // the number of events that may wait
	tries   = 5    // for an event that containerd refuses
	timeout = 5 * time.Second
	// The pauses between tries. They double from the first to the last.
	firstPause, lastPause = 20 * time.Millisecond, 2 * time.Second
)

// Queue sends events in order. While containerd is away they wait.
type Queue struct {
	address, namespace string
	warn               func(error)

	mu      sync.Mutex
	waiting []*types.Envelope
	sending bool
	idle    *sync.Cond // nothing is being sent
	client  *ttrpc.Client
}

// NewQueue returns a queue to the containerd that serves events at the address,
// in the namespace. warn is told of events that are lost.
func NewQueue(address, namespace string, warn func(error)) *Queue {
	q := &Queue{address: strings.TrimPrefix(address, "unix://"), namespace: namespace, warn: warn}
	q.idle = sync.NewCond(&q.mu)
	return q
}

// Send queues an event, which containerd sorts by its topic.
func (q *Queue) Send(topic string, event proto.Message) {
	body, err := packed(event)
	if err != nil {
		q.warn(err)
		return
	}
	e := &types.Envelope{Timestamp: timestamppb.Now(), Namespace: q.namespace, Topic: topic, Event: body}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == most {
		q.waiting = q.waiting[1:]
	}
	q.waiting = append(q.waiting, e)
	if !q.sending && q.address != "" {
		q.sending = true
		go q.send()
	}
}

// packed returns the event as containerd expects it: the type URL is the bare name.
func packed(event proto.Message) (*anypb.Any, error) {
	value, err := proto.Marshal(event)
	return &anypb.Any{TypeUrl: string(event.ProtoReflect().Descriptor().FullName()), Value: value}, err
}

// send sends until nothing waits.
func (q *Queue) send() {
	pause := firstPause
	for failures := 0; ; {
		e := q.first()
		if e == nil {
			return
		}
		refused, err := q.forward(e)
		switch {
		case err == nil:
		case refused && failures == tries:
			q.warn(err)
		default:
			if refused {
				failures++
			}
			time.Sleep(pause)
			pause = min(2*pause, lastPause)
			continue
		}
		q.drop(e)
		pause, failures = firstPause, 0
	}
}

// first returns the next event, or nil if there is none.
func (q *Queue) first() *types.Envelope {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		return q.waiting[0]
	}
	q.waiting = nil
	q.sending = false
	q.idle.Broadcast()
	return nil
}

// drop removes e, unless Send has already dropped it to make room.
func (q *Queue) drop(e *types.Envelope) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 && q.waiting[0] == e {
		q.waiting = q.waiting[1:]
	}
}

// forward sends one event. refused says that containerd answered with an error.
func (q *Queue) forward(e *types.Envelope) (refused bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if q.client == nil {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", q.address)
		if err != nil {
			return false, err
		}
		q.client = ttrpc.NewClient(conn)
	}
	_, err = events.NewTTRPCEventsClient(q.client).Forward(ctx, &events.ForwardRequest{Envelope: e})
	if err == nil {
		return false, nil
	}
	if lost := isLost(err); lost {
		q.client.Close()
		q.client = nil
		return false, err
	}
	return true, err
}

// Flush waits until everything was sent, but not longer than limit.
func (q *Queue) Flush(limit time.Duration) {
	over := false
	t := time.AfterFunc(limit, func() {
		q.mu.Lock()
		over = true
		q.idle.Broadcast()
		q.mu.Unlock()
	})
	defer t.Stop()
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.sending && !over {
		q.idle.Wait()
	}
}
