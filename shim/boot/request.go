package boot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/oci-rt/rt/shim/settings"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// socketDir is the directory for the sockets of shims, unless containerd names
// another.
const socketDir = "/run/containerd/s"

// maxInput bounds the length of containerd's message.
const maxInput = 10 << 20

// request is containerd's request to start a shim.
type request struct {
	socketDir string
	options   *options.Options
	modern    bool // containerd 2.3 or newer, which expects a message as the answer
}

// readRequest reads what containerd writes to stdin: since 2.3 a message of the
// bootstrap protocol, before that the runtime's options.
func readRequest(a *arguments, r io.Reader) (*request, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput))
	if err != nil {
		return nil, fmt.Errorf("read containerd's message: %w", err)
	}
	req := &request{socketDir: socketDir, options: &options.Options{}}
	var params bootstrap.BootstrapParams
	// The options of an older containerd may be readable as such a message as well.
	if proto.Unmarshal(data, &params) == nil && params.InstanceID == a.id && params.Namespace == a.namespace {
		req.modern = true
		if dir := params.GetSocketDir(); dir != "" {
			req.socketDir = dir
		}
		if params.LogLevel <= bootstrap.LogLevel_LOG_LEVEL_DEBUG {
			a.debug = true
		}
		for _, e := range params.Extensions {
			if err == nil && settings.Known(e.Value) {
				req.options, err = settings.Parse(e.Value)
			}
		}
		return req, err
	}
	req.options, err = readOptions(data)
	return req, err
}

// readOptions reads the options of a containerd before 2.3. It ignores the options of
// another runtime.
func readOptions(data []byte) (*options.Options, error) {
	var packed anypb.Any
	if err := proto.Unmarshal(data, &packed); err != nil {
		return nil, fmt.Errorf("the runtime's options: %w", err)
	}
	if !settings.Known(&packed) {
		return &options.Options{}, nil
	}
	return settings.Parse(&packed)
}

// answer tells containerd where the shim serves.
func (r *request) answer(w io.Writer, address string) error {
	if !r.modern {
		// Every containerd understands a bare address. It then uses version 2 of the task
		// service, which has the same messages.
		_, err := io.WriteString(w, address)
		return err
	}
	data, err := proto.Marshal(&bootstrap.BootstrapResult{Version: 3, Address: address, Protocol: "ttrpc"})
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// addressFile is in the bundle. A containerd before 1.7 reads it when it restarts, and a
// later one if it died before it wrote its own file.
const addressFile = "address"

// writeAddress leaves the address in the bundle, which is the working directory.
func writeAddress(address string) error {
	const temporary = ".address"
	if err := os.WriteFile(temporary, []byte(address), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, addressFile)
}

// readAddress returns the address in the bundle, or "" if none was written.
func readAddress(bundle string) (string, error) {
	data, err := os.ReadFile(filepath.Join(bundle, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(data), err
}
