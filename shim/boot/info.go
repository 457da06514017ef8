package boot

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/containerd/containerd/api/types"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// featuresType is containerd's type name for the features document, which is JSON
// and not a message (containerd's protobuf types are registered by such names).
const featuresType = "types.containerd.io/opencontainers/runtime-spec/1/features/Features"

// checkpointAnnotation says that the runtime can checkpoint: see rt features.
const checkpointAnnotation = "org.opencontainers.runc.checkpoint.enabled"

// info writes what the runtime can do.
func info(in io.Reader, out io.Writer, v Version) error {
	given, err := io.ReadAll(io.LimitReader(in, maxInput))
	if err != nil {
		return err
	}
	answer := &types.RuntimeInfo{Name: Name, Version: &types.RuntimeVersion{Version: v.Version, Revision: v.Commit}}
	if len(given) > 0 {
		answer.Options = new(anypb.Any)
		if err := proto.Unmarshal(given, answer.Options); err != nil {
			return fmt.Errorf("the runtime's options: %w", err)
		}
	}
	f := spec.Features()
	f.Linux.Seccomp.SupportedFlags = libcontainer.SupportedSeccompFlags(f.Linux.Seccomp.KnownFlags)
	f.Annotations = map[string]string{checkpointAnnotation: "true"}
	features, err := json.Marshal(f)
	if err != nil {
		return err
	}
	answer.Features = &anypb.Any{TypeUrl: featuresType, Value: features}
	data, err := proto.Marshal(answer)
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}
