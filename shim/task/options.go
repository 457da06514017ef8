package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/oci-rt/rt/libcontainer"
)

// defaultRoot is where the states of containers are, below it in a directory for each
// of containerd's namespaces, unless the option Root says so.
const defaultRoot = "/run/containerd/rt"

// remembered is what has to be known of a container without its shim.
type remembered struct {
	Root          string `json:"root"`
	SystemdCgroup bool   `json:"systemdCgroup"`
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
	data, err := json.Marshal(remembered{c.store.Root, c.store.SystemdCgroup})
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
