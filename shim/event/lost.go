package event

import (
	"context"
	"errors"
	"io"

	"github.com/containerd/ttrpc"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/status"
)

// isLost reports whether the connection is gone or containerd does not respond. An
// answer from containerd itself is a status.
func isLost(err error) bool {
	if errors.Is(err, ttrpc.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, unix.EPIPE) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	_, answered := status.FromError(err)
	return !answered
}
