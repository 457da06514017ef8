package spec

import (
	"fmt"
	"reflect"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// LoadProcess reads a file that holds nothing but the object that is `process`
// in a configuration: what engines want executed in a container that runs
// already. [ValidateProcess] has to check it. If the file is no such object, the
// error is [Faults].
func LoadProcess(path string) (*specs.Process, error) {
	fd, err := openRetry(path, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer unix.Close(fd)
	data, err := readAll(fd, 0)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(data) > maxConfig:
		return nil, tooBig(path)
	}
	p := new(specs.Process)
	faults, _ := decodeInto(p, "process", data)
	return p, faults.Err()
}

// ValidateProcess returns everything that is wrong with s.Process as another
// process of the container that s is the configuration of.
func ValidateProcess(s *specs.Spec) Faults {
	v := newValidator(s)
	v.process()
	v.scheduling()
	for _, at := range findNUL(reflect.ValueOf(s.Process)) {
		v.faults.add("process"+at, "text", hasNUL)
	}
	return v.faults
}

// HasProgram reports whether the configuration says what to execute: only one
// without process does not.
func HasProgram(s *specs.Spec) bool { return s.Process != nil && len(s.Process.Args) > 0 }

// RequireProgram returns the fault of a configuration that a process is to be
// started by and that has none.
func RequireProgram(s *specs.Spec) error {
	if HasProgram(s) {
		return nil
	}
	return Faults{{Path: "process", Problem: "is missing", Want: "an object"}}
}

// withoutProcess stands for a process that is not there, so that what builds the
// container need not ask.
func withoutProcess() *specs.Process { return &specs.Process{Cwd: "/"} }
