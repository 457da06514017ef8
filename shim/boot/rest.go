package boot

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/containerd/ttrpc"
)

// restDelay is how long after the last request the shim is taken to be idle.
const restDelay = 3 * time.Second

// giveBack gives memory back to the kernel when there was no request for a while: what a
// burst took would stay for minutes otherwise, in each of a node's shims.
func giveBack() ttrpc.UnaryServerInterceptor {
	idle := time.AfterFunc(restDelay, debug.FreeOSMemory)
	return func(ctx context.Context, unmarshal ttrpc.Unmarshaler, _ *ttrpc.UnaryServerInfo, method ttrpc.Method) (any, error) {
		idle.Reset(restDelay)
		return method(ctx, unmarshal)
	}
}
