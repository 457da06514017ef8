package spec

import (
	"fmt"
	"reflect"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// LoadProcess reads a file that has only the object `process` of a
// configuration: what an engine wants to execute in a running container. "-" is
// the standard input. [ValidateProcess] has to check it. If the file is not such an
// object, the error is [Faults].
func LoadProcess(path string) (*specs.Process, error) {
	data, err := readPart(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(data) > maxConfig {
		return nil, tooBig(path, maxConfig)
	}
	p := new(specs.Process)
	faults, _ := decodeInto(p, "process", data)
	return p, faults.Err()
}

// ValidateProcess returns everything that is wrong with s.Process as another
// process of the container with the configuration s.
func ValidateProcess(s *specs.Spec) Faults {
	v := newValidator(s)
	v.process()
	v.scheduling()
	for _, at := range findNUL(reflect.ValueOf(s.Process)) {
		v.faults.add("process"+at, "text", hasNUL)
	}
	return v.faults
}

// HasProgram reports whether the configuration says what to execute.
func HasProgram(s *specs.Spec) bool { return s.Process != nil && len(s.Process.Args) > 0 }

// RequireProgram returns the fault of a configuration without a program for a
// process that is to be started.
func RequireProgram(s *specs.Spec) error {
	if HasProgram(s) {
		return nil
	}
	return Faults{{Path: "process", Problem: "is missing", Want: "an object"}}
}

// withoutProcess returns the process for a configuration without one, so that
// the code that builds the container need not check for nil.
func withoutProcess() *specs.Process { return &specs.Process{Cwd: "/"} }
