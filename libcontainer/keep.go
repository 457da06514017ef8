package libcontainer

import (
	"fmt"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// keptConfig is the name of the copy of config.json in a container's
// directory. The bundle may change or vanish while the container lives; what
// the container was made from must not.
const keptConfig = "config.json"

// keepConfig writes the copy: the text that the configuration was read from
// or, for one that came from no file, the configuration.
func (e *entry) keepConfig(s *specs.Spec, text []byte) error {
	if text == nil {
		text = plainjson.Append(nil, s)
	}
	if err := writeFile(e.path+"/"+keptConfig, text, 0o600); err != nil {
		return fmt.Errorf("keep the configuration: %w", err)
	}
	return nil
}

// Spec returns the configuration that the container was made from. It is read
// once, and not the caller's to change.
func (c *Container) Spec() (*specs.Spec, error) {
	if c.spec != nil {
		return c.spec, nil
	}
	s, err := c.entry.keptSpec(c.state.Rootfs)
	if err != nil {
		return nil, err
	}
	if s.Version != c.state.OCIVersion {
		return nil, errNotKept(c.entry.path + "/" + keptConfig)
	}
	c.spec = s
	return s, nil
}

// keptSpec reads the configuration that a container with this root file system
// was made from.
func (e *entry) keptSpec(rootfs string) (*specs.Spec, error) {
	path := e.path + "/" + keptConfig
	text, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("the container's configuration: %w", err)
	}
	s, err := spec.Parse(text, rootfs)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBadState, path, err)
	}
	if s.Version == "" || s.Root == nil || s.Process == nil {
		return nil, errNotKept(path)
	}
	return s, nil
}

func errNotKept(path string) error {
	return fmt.Errorf("%w: %s: is not the configuration that the container was made from", ErrBadState, path)
}
