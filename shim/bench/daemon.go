package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	versions "github.com/containerd/containerd/api/services/version/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// daemon is a containerd of the bench's own.
type daemon struct {
	account
	cmd  *exec.Cmd
	conn *grpc.ClientConn
}

// daemonConfig lets containerd have nothing that is not needed, and nothing of the host's.
const daemonConfig = `
version = 3
root = %q
state = %q
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"]
[grpc]
  address = %q
[ttrpc]
  address = %q
[plugins."io.containerd.internal.v1.opt"]
  path = %q
`

// startDaemon starts containerd, which finds the peers' shims in its PATH.
func (w *workplace) startDaemon(ctx context.Context) (*daemon, error) {
	a, err := w.newAccount("containerd")
	if err != nil {
		return nil, err
	}
	d := &daemon{account: a}
	config, socket := w.Path("containerd.toml"), w.Path("containerd.sock")
	text := fmt.Sprintf(daemonConfig, w.Path("cd", "root"), w.Path("cd", "state"), socket, socket+".ttrpc", w.Path("cd", "opt"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(w.Path("containerd.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	d.cmd = exec.Command(filepath.Join(w.o.containerd, "containerd"), "--config", config, "--log-level", "warn")
	d.cmd.Env = append(os.Environ(), "PATH="+w.shimPath()+os.Getenv("PATH"), "CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1")
	d.cmd.Stdout, d.cmd.Stderr = log, log
	if err := d.start(d.cmd); err != nil {
		return nil, err
	}
	w.Undo(d.stop)
	d.conn, err = grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err == nil {
		err = d.awaitReady(ctx)
	}
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(text))
	}
	return d, nil
}

// shimPath is what containerd's PATH has in front: one shim of each name.
func (w *workplace) shimPath() (path string) {
	for _, p := range w.peers {
		path += filepath.Dir(p.shim) + ":"
	}
	return path
}

func (d *daemon) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := d.call(ctx, "version.v1.Version/Version", &emptypb.Empty{}, &versions.VersionResponse{})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("containerd does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// call calls a method of one of containerd's services.
func (d *daemon) call(ctx context.Context, method string, request, answer proto.Message) error {
	ctx = metadata.AppendToOutgoingContext(ctx, "containerd-namespace", namespace)
	return d.conn.Invoke(ctx, "/containerd.services."+method, request, answer)
}

// stop ends containerd.
func (d *daemon) stop() {
	if d.conn != nil {
		d.conn.Close()
	}
	_ = d.cmd.Process.Signal(os.Interrupt)
	t := time.AfterFunc(stopLimit, func() { _ = d.cmd.Process.Kill() })
	defer t.Stop()
	_ = d.cmd.Wait()
}
