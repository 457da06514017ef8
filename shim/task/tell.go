package task

import (
	"github.com/containerd/containerd/api/events"
	"google.golang.org/protobuf/proto"
)

// tell tells containerd what has happened, in the order of the calls.
func (s *Service) tell(e proto.Message) { s.cfg.Events.Send(topic(e), e) }

// topic is what containerd sorts an event by.
func topic(e proto.Message) string {
	switch e.(type) {
	case *events.TaskCreate:
		return "/tasks/create"
	case *events.TaskStart:
		return "/tasks/start"
	case *events.TaskOOM:
		return "/tasks/oom"
	case *events.TaskExit:
		return "/tasks/exit"
	case *events.TaskDelete:
		return "/tasks/delete"
	case *events.TaskExecAdded:
		return "/tasks/exec-added"
	case *events.TaskExecStarted:
		return "/tasks/exec-started"
	case *events.TaskPaused:
		return "/tasks/paused"
	case *events.TaskResumed:
		return "/tasks/resumed"
	case *events.TaskCheckpointed:
		return "/tasks/checkpointed"
	}
	return "/tasks/?"
}

// warn tells of what went wrong and is no request's failure. nil is nothing.
func (s *Service) warn(err error) {
	if err != nil && s.cfg.Warn != nil {
		s.cfg.Warn(err)
	}
}
