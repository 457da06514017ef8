// Package task is containerd's task service for containers of rt.
//
// Everything is done in this process: a container's first process and each other one
// is started by package libcontainer, and no other program is, but those that a
// configuration names.
package task

import (
	"fmt"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/shim/event"
	"github.com/oci-rt/rt/shim/stdio"
	"google.golang.org/protobuf/proto"
)

// Config says what a service works with.
type Config struct {
	Namespace string // of containerd
	Events    Events
	Warn      func(error)
	Debug     func(format string, args ...any) // or nil
	Shutdown  func()                           // ends the program
}

// Events takes what is to be told to containerd, in order: see [event.Queue]. Topic is
// what containerd sorts an event by.
type Events interface {
	Send(topic string, event proto.Message)
}

var _ Events = (*event.Queue)(nil)

// Service holds the containers of one shim.
type Service struct {
	cfg  Config
	loop *stdio.Loop

	mu         sync.Mutex
	containers map[string]*container // nil while one is being made
	used       bool                  // there was a container, or was to be one
}

// New returns a service without containers.
func New(cfg Config) (*Service, error) {
	loop, err := stdio.NewLoop()
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, loop: loop, containers: map[string]*container{}}, nil
}

// Close gives back what the service itself holds, when it serves no more.
func (s *Service) Close() { s.loop.Close() }

// claim takes the id for a container that is about to be made.
func (s *Service) claim(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.containers[id]; taken {
		return fmt.Errorf("container %s: %w", id, errdefs.ErrAlreadyExists)
	}
	s.containers[id] = nil
	s.used = true
	return nil
}

// Used reports whether anybody has ever asked for a container.
func (s *Service) Used() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

func (s *Service) set(c *container) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.containers[c.id] = c
}

func (s *Service) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.containers, id)
}

// container returns the one with this id.
func (s *Service) container(id string) (*container, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.containers[id]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("container %s: %w", id, errdefs.ErrNotFound)
}

// process returns the process of a container: with an empty exec id its first one.
func (s *Service) process(id, execID string) (*container, *process, error) {
	c, err := s.container(id)
	if err != nil {
		return nil, nil, err
	}
	p, err := c.process(execID)
	return c, p, err
}

// idle reports whether there is no container.
func (s *Service) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.containers) == 0
}
