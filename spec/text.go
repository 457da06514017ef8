package spec

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Text is the text of a configuration that this package has read and checked. It
// promises that nothing is wrong with the Spec that came with it. The zero Text is no
// text.
type Text struct {
	data []byte
	of   *specs.Spec
}

// Bytes returns the text, or nil if there is none. The caller must not change it.
func (t Text) Bytes() []byte { return t.data }

// IsOf reports whether s was read from the text. A caller that has changed s since is
// responsible for that.
func (t Text) IsOf(s *specs.Spec) bool { return t.of != nil && t.of == s }

// Check checks a configuration of a bundle, as [Load] does, that was not read by this
// package but made by a program. It returns the configuration to use: a copy of s with
// the changes that Load makes. If s is at fault, the error is [Faults].
func Check(bundle string, s *specs.Spec) (*specs.Spec, error) {
	if s == nil {
		return nil, Faults{{Path: ConfigFile, Problem: "is missing", Want: "an object"}}
	}
	copied := *s
	copied.Mounts = slices.Clone(s.Mounts)
	if faults := finish(bundle, &copied); len(faults) > 0 {
		return nil, faults
	}
	return &copied, nil
}

// CheckSettings is Check without a look at the rootfs, for those who make no container.
// What is wrong with that is in rootfs.
func CheckSettings(bundle string, s *specs.Spec) (checked *specs.Spec, rootfs Faults, err error) {
	if s == nil {
		return nil, nil, Faults{{Path: ConfigFile, Problem: "is missing", Want: "an object"}}
	}
	copied := *s
	copied.Mounts = slices.Clone(s.Mounts)
	if faults := settle(bundle, &copied); len(faults) > 0 {
		return nil, nil, faults
	}
	return &copied, checkRootfs(bundle, s.Root), nil
}

// finish changes what was read to what the rest of rt uses, and returns what is wrong
// with it as the configuration of bundle.
func finish(bundle string, s *specs.Spec) Faults {
	return append(settle(bundle, s), checkRootfs(bundle, s.Root)...)
}

// settle is finish without a look at the disk.
func settle(bundle string, s *specs.Spec) Faults {
	if s.Root != nil && s.Root.Path != "" {
		stripRootfs(s.Mounts, RootfsPath(bundle, s.Root))
	}
	faults := Validate(s)
	if s.Process == nil {
		s.Process = withoutProcess()
	}
	return faults
}
