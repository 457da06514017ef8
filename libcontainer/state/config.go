package state

import (
	"fmt"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// configFile is the name of the copy of config.json in a container's
// directory. The bundle may change or vanish while the container lives; what
// the container was made from must not.
const configFile = "config.json"

// SaveConfig saves the text that the configuration was read from or, if it was
// not read from a file, the configuration itself.
func (d *Dir) SaveConfig(s *specs.Spec, text []byte) error {
	if text == nil {
		text = plainjson.Append(nil, s)
	}
	if err := linux.WriteFile(d.path+"/"+configFile, text, 0o600); err != nil {
		return fmt.Errorf("save the configuration: %w", err)
	}
	return nil
}

// LoadConfig reads the effective configuration that the container with this
// state was made from. If the file does not match the state, the error is
// [ErrBad]. If the state is lost (of is nil), any configuration of a container
// is accepted.
func (d *Dir) LoadConfig(of *State) (*specs.Spec, error) {
	path, rootfs := d.path+"/"+configFile, ""
	if of != nil {
		rootfs = of.Rootfs
	}
	text, err := d.read(configFile)
	if err != nil {
		return nil, fmt.Errorf("the container's configuration: %w", err)
	}
	s, err := spec.Parse(text, rootfs)
	if err != nil {
		return nil, badFile(path, err)
	}
	if s.Version == "" || s.Root == nil || s.Process == nil || of != nil && s.Version != of.OCIVersion {
		return nil, fmt.Errorf("%w: %s: is not the configuration that the container was made from", ErrBad, path)
	}
	if of != nil {
		s = spec.Effective(s, of.Surroundings)
	}
	return s, nil
}
