package main

import (
	"context"
	"net"

	"github.com/containerd/containerd/api/services/ttrpc/events/v1"
	"github.com/containerd/log"
	"github.com/containerd/ttrpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// sink takes the events of all shims, as containerd would.
type sink struct {
	path   string // of its socket
	server *ttrpc.Server
}

func newSink(path string) (*sink, error) {
	// The server logs that shims hang up.
	if err := log.SetLevel("panic"); err != nil {
		return nil, err
	}
	server, err := ttrpc.NewServer()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	s := &sink{path: path, server: server}
	events.RegisterTTRPCEventsService(server, s)
	go func() { _ = server.Serve(context.Background(), listener) }()
	return s, nil
}

// Forward takes an event.
func (s *sink) Forward(context.Context, *events.ForwardRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (s *sink) close() { _ = s.server.Close() }
