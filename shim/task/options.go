package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/errdefs"
	"github.com/oci-rt/rt/libcontainer"
	"google.golang.org/protobuf/types/known/anypb"
)

// defaultRoot is where the states of containers are, below it in a directory for each
// of containerd's namespaces, unless the option Root says so.
const defaultRoot = "/run/containerd/rt"

// parseOptions reads the runtime's options of a request: those of runc, so that a node's
// configuration need not change but for the runtime's name. What has no meaning here is
// an error.
func parseOptions(packed *anypb.Any) (*options.Options, error) {
	o := &options.Options{}
	if packed == nil || len(packed.Value) == 0 {
		return o, nil
	}
	if !packed.MessageIs(o) {
		return nil, fmt.Errorf("options of type %s (want %s): %w", packed.TypeUrl, o.ProtoReflect().Descriptor().FullName(), errdefs.ErrInvalidArgument)
	}
	if err := packed.UnmarshalTo(o); err != nil {
		return nil, fmt.Errorf("options: %w: %w", err, errdefs.ErrInvalidArgument)
	}
	return o, checkOptions(o)
}

// checkOptions refuses the options that this shim would have to ignore.
func checkOptions(o *options.Options) error {
	switch {
	case o.BinaryName != "":
		return fmt.Errorf("option BinaryName (%s): this runtime executes no other program, leave the option out: %w", o.BinaryName, errdefs.ErrInvalidArgument)
	case o.CriuImagePath != "":
		return fmt.Errorf("option CriuImagePath (%s): not supported, the images come with the request: %w", o.CriuImagePath, errdefs.ErrInvalidArgument)
	}
	return nil
}

// remembered is what has to be known of a container without its shim.
type remembered struct {
	Root          string `json:"root"`
	SystemdCgroup bool   `json:"systemdCgroup"`
	Socket        string `json:"socket"` // of the shim
}

// rememberedFile is in the bundle.
const rememberedFile = "rt-shim.json"

func storeRoot(o *options.Options, namespace string) string {
	root := o.Root
	if root == "" {
		root = defaultRoot
	}
	return filepath.Join(root, namespace)
}

// remember writes down what [Remove] has to know.
func (c *container) remember() error {
	data, err := json.Marshal(remembered{c.store.Root, c.store.SystemdCgroup, c.service.cfg.Socket})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.bundle, rememberedFile), data, 0o600)
}

// recall returns what was written down. What was not written down was not made.
func recall(bundle, namespace string) (*remembered, error) {
	r := &remembered{Root: filepath.Join(defaultRoot, namespace)}
	data, err := os.ReadFile(filepath.Join(bundle, rememberedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(bundle, rememberedFile), err)
	}
	return r, nil
}

func (r *remembered) store() *libcontainer.Store {
	return &libcontainer.Store{Root: r.Root, SystemdCgroup: r.SystemdCgroup}
}
