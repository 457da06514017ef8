package task

import (
	"context"
	"errors"

	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/internal/phrases"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// classes are the classes of errors that containerd tells apart, by the errors that
// have them. The first that fits is taken.
var classes = [...]struct {
	err  error
	code codes.Code
}{
	{errdefs.ErrNotFound, codes.NotFound},
	{errdefs.ErrAlreadyExists, codes.AlreadyExists},
	{errdefs.ErrFailedPrecondition, codes.FailedPrecondition},
	{errdefs.ErrInvalidArgument, codes.InvalidArgument},
	{errdefs.ErrNotImplemented, codes.Unimplemented},
	{spec.ErrInvalidID, codes.InvalidArgument},
	{libcontainer.ErrNotExist, codes.NotFound},
	{libcontainer.ErrExist, codes.AlreadyExists},
	{libcontainer.ErrNotRunning, codes.FailedPrecondition},
	{libcontainer.ErrStopped, codes.FailedPrecondition},
	{libcontainer.ErrPaused, codes.FailedPrecondition},
	{libcontainer.ErrNotPaused, codes.FailedPrecondition},
	{libcontainer.ErrWrongState, codes.FailedPrecondition},
	{libcontainer.ErrBusy, codes.Unavailable},
	{context.DeadlineExceeded, codes.DeadlineExceeded},
	{context.Canceled, codes.Canceled},
}

// toStatus makes of an error what goes to containerd: its class and its text, with the
// words by which people know the failure from runc.
func toStatus(err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Error(classOf(err), phrases.Add(err.Error()))
}

func classOf(err error) codes.Code {
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	if errors.As(err, new(spec.Faults)) {
		return codes.InvalidArgument
	}
	return codes.Unknown
}
