package spec

import (
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Examined is a configuration as it is, with its faults.
type Examined struct {
	// Spec is what could be read. It is nil if the text is not JSON. A setting
	// that is at fault may have any value or none.
	Spec   *specs.Spec
	Text   []byte
	Faults Faults
}

// maxExamined is the largest size of a configuration that is examined, in bytes. It
// may be anybody's, and some texts take a hundred times their size in memory.
const maxExamined = 8 << 20

// Examine is [Load] for those who want to know what a configuration says even if
// it is at fault. It does not look for the rootfs. The error is only about a file
// that cannot be read.
func Examine(bundle string) (*Examined, error) {
	data, err := readConfig(filepath.Join(bundle, ConfigFile), maxExamined)
	if err != nil {
		return nil, err
	}
	s, faults := decode(data)
	if s != nil {
		faults = append(faults, apartFrom(faults, settle(bundle, s))...)
	}
	return &Examined{s, data, faults}, nil
}
