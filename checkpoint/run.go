package checkpoint

import (
	"errors"
	"fmt"
	"os"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"github.com/oci-rt/rt/internal/linux"
)

// run has CRIU do what r asks for. The error has what CRIU's log says is
// wrong.
//
// A restore makes the first process a child of the calling one. Its pid is told
// with stepRestored; should run fail after that, the process is the caller's to
// end and to reap.
func (c *CRIU) run(r *request) error {
	if err := c.check(r); err != nil {
		return err
	}
	if err := os.Remove(r.logPath()); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("criu's log: %w", err)
	}
	if err := os.Mkdir(r.Place, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	defer func() { _ = os.Remove(r.Place) }() // or who deletes the container removes it
	s, err := c.start(r.Stdin, r.Descriptors, r.startInNamespace)
	if err != nil {
		return fmt.Errorf("start %s: %w", c.path, err)
	}
	defer s.close()
	if err := s.run(r); err != nil {
		s.end()
		if err == errEnded {
			err = fmt.Errorf("%w: %v", err, s.status)
		}
		return fmt.Errorf("criu %v: %s: %w%s", c.Version, r.verb(), err, r.excerpt(s.output))
	}
	return nil
}

func (r *request) verb() string {
	switch r.Kind {
	case kindRestore:
		return "restore"
	case kindPreDump:
		return "pre-dump"
	}
	return "dump"
}

// run makes the request and answers CRIU's notifications until it is done.
func (s *session) run(r *request) error {
	var cgroups map[string]string
	if r.Started != nil {
		var err error
		if cgroups, err = r.Started(s.process.Pid); err != nil {
			return err
		}
	}
	q := r.message(cgroups)
	for {
		answer, files, err := s.ask(q)
		if err != nil {
			return err
		}
		if answer.GetType() != rpc.CriuReqType_NOTIFY {
			linux.Close(files)
			return failure(answer, r.Kind)
		}
		q = &rpc.CriuReq{Type: new(rpc.CriuReqType_NOTIFY), NotifySuccess: new(true)}
		err = r.notify(answer, files)
		linux.Close(files)
		if err != nil {
			return s.giveUp(q, err)
		}
	}
}

func (r *request) notify(answer *rpc.CriuResp, files []*os.File) error {
	n := answer.GetNotify()
	if n.GetScript() == stepRestored && r.Readonly {
		if err := makeReadonly(int(n.GetPid())); err != nil {
			return err
		}
	}
	if r.Notify == nil {
		return nil
	}
	return r.Notify(notification{Step: n.GetScript(), Pid: int(n.GetPid()), Files: files})
}

// giveUp tells CRIU that a step failed, waits until it has undone what it did,
// and returns why.
func (s *session) giveUp(q *rpc.CriuReq, cause error) error {
	q.NotifySuccess = new(false)
	for {
		answer, files, err := s.ask(q)
		linux.Close(files)
		if err != nil || answer.GetType() != rpc.CriuReqType_NOTIFY {
			return cause
		}
		q.NotifySuccess = new(true) // of what is undone
	}
}

var errFailed = errors.New("failed")

// failure returns why the answer is not the one that was hoped for.
func failure(answer *rpc.CriuResp, want kind) error {
	switch {
	case !answer.GetSuccess():
		return errFailed
	case answer.GetType() != want:
		return fmt.Errorf("it answered with a message of the wrong type %v", answer.GetType())
	}
	return nil
}
