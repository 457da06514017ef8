package boot

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"time"

	"github.com/containerd/ttrpc"
	"github.com/oci-rt/rt/shim/event"
	"github.com/oci-rt/rt/shim/task"
	"golang.org/x/sys/unix"
)

const (
	// socketFD is the descriptor on which start passes the socket.
	socketFD = 3
	// gcPercent keeps the heap close to what is in use. The heap is small, so
	// collecting it costs little.
	gcPercent = 25
	// flushLimit bounds the wait until containerd has taken the last events.
	flushLimit = 5 * time.Second
	// unusedLimit is how long a shim waits for its first container. containerd gives a
	// shim up if it does not hear in time that the shim was started, and asks nobody to
	// end it.
	unusedLimit = time.Minute
)

// serve is the shim: it serves until it is told to stop.
func serve(a *arguments) error {
	debug.SetGCPercent(gcPercent)
	if err := standAside(); err != nil {
		return err
	}
	log := openJournal(a.debug)
	l, err := net.FileListener(os.NewFile(socketFD, "socket"))
	if err != nil {
		return fmt.Errorf("descriptor %d, which the shim serves on: %w", socketFD, err)
	}
	defer removeSocket(a.socket)
	server, err := ttrpc.NewServer(ttrpc.WithServerHandshaker(ttrpc.UnixSocketRequireSameUser()), ttrpc.WithUnaryServerInterceptor(giveBack()))
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM, unix.SIGINT)
	events := event.NewQueue(os.Getenv("TTRPC_ADDRESS"), a.namespace, log.warn)
	service, err := task.New(task.Config{
		Namespace: a.namespace,
		Events:    events,
		Warn:      log.warn,
		Debug:     log.debugf(),
		Shutdown:  func() { stop <- unix.SIGTERM },
	})
	if err != nil {
		return err
	}
	defer service.Close()
	service.Register(server)
	time.AfterFunc(unusedLimit, func() {
		if !service.Used() {
			stop <- unix.SIGTERM
		}
	})
	go func() {
		if err := server.Serve(context.Background(), l); !errors.Is(err, ttrpc.ErrServerClosed) {
			log.warn(err)
			stop <- unix.SIGTERM
		}
	}()
	<-stop
	return shutDown(server, events)
}

// shutDown waits until the last events and answers were sent.
func shutDown(server *ttrpc.Server, events *event.Queue) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushLimit)
	defer cancel()
	events.Flush(flushLimit)
	if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// removeSocket removes the socket's file. With an empty path it does nothing.
func removeSocket(path string) {
	if path != "" {
		_ = os.Remove(strings.TrimPrefix(path, unixScheme))
	}
}

// standAside keeps the inherited descriptors from the programs that the shim will
// start: the socket, of which the listener has a copy, and what containerd itself may
// have inherited (close_range(2), CLOSE_RANGE_CLOEXEC: Linux 5.11).
func standAside() error {
	if unix.CloseRange(socketFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	_, err := unix.FcntlInt(socketFD, unix.F_SETFD, unix.FD_CLOEXEC)
	return os.NewSyscallError("fcntl", err)
}
