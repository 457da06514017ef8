package checkpoint

import (
	"context"
	"os"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"github.com/oci-rt/rt/internal/linux"
)

// Abilities are what CRIU can do with this kernel.
type Abilities struct {
	Works     bool // at all
	MemTrack  bool // a pre-dump saves what was written since the one before
	LazyPages bool // a restored container's memory may follow later
}

// Abilities asks CRIU what it can do. It saves nothing.
func (c *CRIU) Abilities(ctx context.Context) Abilities {
	works := c.tell(ctx, &rpc.CriuReq{Type: new(rpc.CriuReqType_CHECK)})
	features := c.tell(ctx, &rpc.CriuReq{
		Type: new(rpc.CriuReqType_FEATURE_CHECK), Features: &rpc.CriuFeatures{MemTrack: new(true), LazyPages: new(true)},
	})
	f := features.GetFeatures()
	return Abilities{Works: works.GetSuccess(), MemTrack: f.GetMemTrack(), LazyPages: f.GetLazyPages()}
}

// tell makes a request in a session of its own, and returns the answer, or nil.
func (c *CRIU) tell(ctx context.Context, q *rpc.CriuReq) *rpc.CriuResp {
	s, err := c.start(nil, nil, os.StartProcess)
	if err != nil {
		return nil
	}
	defer s.close()
	answer, files, err := s.ask(ctx, q)
	linux.Close(files)
	if err != nil {
		_ = s.process.Kill()
		return nil
	}
	return answer
}
