package spec

import "github.com/opencontainers/runtime-spec/specs-go"

// Validate returns everything that is wrong with a configuration: what the
// specification forbids (config.md, config-linux.md), what the kernel would
// refuse in any case, and what this version of rt does not do yet.
func Validate(s *specs.Spec) Faults {
	return nil
}
