package spec

import (
	"encoding/json"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// decode returns the configuration that data holds. Unknown properties are
// ignored, as the specification demands (config.md, "Extensibility"), and so
// are those of other platforms.
func decode(data []byte) (*specs.Spec, Faults) {
	s := new(specs.Spec)
	if err := json.Unmarshal(data, s); err != nil {
		return nil, Faults{{Path: ConfigFile, Problem: err.Error()}}
	}
	return s, nil
}
