package spec

import (
	"fmt"
	"reflect"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// LoadResources reads a file that has only the object `linux.resources` of a
// configuration: the limits that an engine wants to change. "-" is the standard
// input. [ValidateUpdate] has to check it. If the file is not such an object, the
// error is [Faults].
func LoadResources(path string) (*specs.LinuxResources, error) {
	data, err := readPart(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(data) > maxConfig {
		return nil, tooBig(path, maxConfig)
	}
	r := new(specs.LinuxResources)
	faults, _ := decodeInto(r, "linux.resources", data)
	return r, faults.Err()
}

// readPart reads a file with a part of a configuration.
func readPart(path string) ([]byte, error) {
	if path == "-" {
		return readAll(0, 0)
	}
	fd, err := openRetry(path, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return readAll(fd, 0)
}

// ValidateUpdate returns everything that is wrong with changes to a container's
// linux.resources and linux.intelRdt, as far as it does not depend on their
// present values. Both may be nil.
func ValidateUpdate(r *specs.LinuxResources, rdt *specs.LinuxIntelRdt) Faults {
	v := newValidator(&specs.Spec{Linux: &specs.Linux{Resources: r, IntelRdt: rdt}})
	v.updates = true
	v.resources()
	v.intelRdt()
	for _, at := range findNUL(reflect.ValueOf(v.linux)) {
		v.faults.add("linux"+at, "text", hasNUL)
	}
	return v.faults
}

// UpdateWarnings returns warnings about the settings of r that an update leaves
// alone.
func UpdateWarnings(r *specs.LinuxResources) Faults {
	return Warnings(&specs.Spec{Linux: &specs.Linux{Resources: r}})
}

// Resources returns linux.resources, or nil.
func Resources(s *specs.Spec) *specs.LinuxResources {
	if s.Linux == nil {
		return nil
	}
	return s.Linux.Resources
}

// CgroupsPath returns linux.cgroupsPath, or "".
func CgroupsPath(s *specs.Spec) string {
	if s.Linux == nil {
		return ""
	}
	return s.Linux.CgroupsPath
}

// IntelRdt returns linux.intelRdt, or nil.
func IntelRdt(s *specs.Spec) *specs.LinuxIntelRdt {
	if s.Linux == nil {
		return nil
	}
	return s.Linux.IntelRdt
}
