package boot

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/containerd/ttrpc"
)

// restDelay is the time after the last request when the shim counts as idle.
const restDelay = 3 * time.Second

// rest collects garbage twice, because a [sync.Pool] keeps its content through the first
// time, and returns free memory to the kernel.
func rest() {
	runtime.GC()
	debug.FreeOSMemory()
}

// giveBack returns memory to the kernel when there was no request for a while. Otherwise
// each of a node's shims would keep the memory of a burst for minutes.
func giveBack() ttrpc.UnaryServerInterceptor {
	idle := time.AfterFunc(restDelay, rest)
	return func(ctx context.Context, unmarshal ttrpc.Unmarshaler, _ *ttrpc.UnaryServerInfo, method ttrpc.Method) (any, error) {
		idle.Reset(restDelay)
		return method(ctx, unmarshal)
	}
}
