package boot

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	task3 "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/ttrpc"
	"github.com/oci-rt/rt/shim/task"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// remove removes what is left of a container after its shim has died, and writes how
// the container ended.
func remove(a *arguments, out io.Writer) error {
	bundle := a.bundle
	if bundle == "" {
		wd, err := os.Getwd()
		if err != nil {
			return err
		}
		// If a shim serves several containers, wd may be the bundle of another one.
		bundle = filepath.Join(filepath.Dir(wd), a.id)
	}
	exit, err := task.Remove(a.namespace, a.id, bundle)
	if err != nil {
		return err
	}
	address, err := readAddress(bundle)
	if err != nil {
		return err
	}
	dismiss(strings.TrimPrefix(address, unixScheme))
	data, err := proto.Marshal(&task3.DeleteResponse{
		Pid: uint32(exit.Pid), ExitStatus: uint32(exit.Status), ExitedAt: timestamppb.New(exit.At),
	})
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}

// dismiss removes the socket of a shim that has died. A shim that still serves is asked
// to end. It ends if it has no container, such as when containerd died before it knew of
// the shim.
func dismiss(socket string) {
	const limit = 5 * time.Second
	if socket == "" {
		return
	}
	conn, err := net.DialTimeout("unix", socket, limit)
	if err != nil {
		removeSocket(socket)
		return
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	_, _ = task3.NewTTRPCTaskClient(client).Shutdown(ctx, &task3.ShutdownRequest{})
}
