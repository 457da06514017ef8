package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"github.com/oci-rt/rt/internal/linux"
)

// run has CRIU do what r asks for. The error has what CRIU's log says is
// wrong.
//
// A restore makes the first process a child of the calling one. Its pid is told
// with stepRestored; should run fail after that, the process is the caller's to
// end and to reap.
//
// If ctx ends before, CRIU is told to give up at its next step, so that it undoes
// what it did. If it does not come to one in time, it is killed. If it was done
// already, that is no error.
func (c *CRIU) run(ctx context.Context, r *request) error {
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
	if err := s.run(ctx, r); err != nil {
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

// undoTime is how long CRIU may take to give up when nobody waits any more. It has
// as long to stop the processes of a container ("timeout" in criu(8)).
const undoTime = 10 * time.Second

// run makes the request and answers CRIU's notifications until it is done.
func (s *session) run(ctx context.Context, r *request) error {
	var cgroups map[string]string
	if r.Started != nil {
		var err error
		if cgroups, err = r.Started(s.process.Pid); err != nil {
			return err
		}
	}
	q := r.message(cgroups)
	for {
		answer, files, err := s.ask(ctx, q)
		if ctx.Err() != nil {
			linux.Close(files)
			return s.stop(context.Cause(ctx), answer, r.Kind)
		}
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
			return s.giveUp(ctx, q, err)
		}
	}
}

func (r *request) notify(answer *rpc.CriuResp, files []*os.File) error {
	n := answer.GetNotify()
	if r.Debug != nil {
		r.Debug("criu has come to %s", n.GetScript())
	}
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
func (s *session) giveUp(ctx context.Context, q *rpc.CriuReq, cause error) error {
	q.NotifySuccess = new(false)
	for {
		answer, files, err := s.ask(ctx, q)
		linux.Close(files)
		if err != nil || answer.GetType() != rpc.CriuReqType_NOTIFY {
			return cause
		}
		q.NotifySuccess = new(true) // of what is undone
	}
}

// stop stops CRIU when nobody waits for it any more, for this cause. answer is what
// it has said last, or nil if it is at work. It returns nil if CRIU was done before it
// could be stopped.
func (s *session) stop(cause error, answer *rpc.CriuResp, want kind) error {
	ctx, cancel := context.WithTimeout(context.Background(), undoTime)
	defer cancel()
	cause = fmt.Errorf("wait for an answer of criu: %w", cause)
	if answer == nil {
		var files []*os.File
		answer, files, _ = s.receive(ctx)
		linux.Close(files)
	}
	switch {
	case answer == nil:
	case answer.GetType() != rpc.CriuReqType_NOTIFY:
		return failure(answer, want)
	default:
		cause = s.giveUp(ctx, &rpc.CriuReq{Type: new(rpc.CriuReqType_NOTIFY)}, cause)
	}
	if ctx.Err() != nil {
		_ = s.process.Kill()
	}
	return cause
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
