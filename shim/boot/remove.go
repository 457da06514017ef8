package boot

import (
	"io"
	"os"
	"path/filepath"

	task3 "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/oci-rt/rt/shim/task"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// remove removes what a shim has left of a container that died before it could, and
// tells how the container ended.
func remove(a *arguments, out io.Writer) error {
	bundle := a.bundle
	if bundle == "" {
		wd, err := os.Getwd()
		if err != nil {
			return err
		}
		// Under a containerd whose shims serve several containers it may be another's.
		bundle = filepath.Join(filepath.Dir(wd), a.id)
	}
	exit, socket, err := task.Remove(a.namespace, a.id, bundle)
	if err != nil {
		return err
	}
	if socket != "" && !serves(socket) {
		removeSocket(socket)
	}
	data, err := proto.Marshal(&task3.DeleteResponse{
		Pid: uint32(exit.Pid), ExitStatus: uint32(exit.Status), ExitedAt: timestamppb.New(exit.At),
	})
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}
