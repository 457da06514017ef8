package libcontainer

import (
	"errors"
	"runtime"

	"github.com/oci-rt/rt/libcontainer/seccomp"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Recorder takes down which system calls a container makes: see [Config].
type Recorder = seccomp.Recorder

// NewRecorder returns a recorder for this machine.
func NewRecorder() *Recorder { return seccomp.NewRecorder(runtime.GOARCH) }

// CheckRecorded refuses a profile that no recorded system calls can be added to.
func CheckRecorded(earlier *specs.LinuxSeccomp) error {
	return seccomp.CheckEarlier(earlier, runtime.GOARCH)
}

// checkRecord refuses a configuration whose filter has an agent: a process has at most
// one filter with a listener (seccomp(2), EBUSY).
func (cfg *Config) checkRecord() error {
	l := cfg.Spec.Linux
	if cfg.Record == nil || l == nil || l.Seccomp == nil || !spec.AsksAgent(l.Seccomp) {
		return nil
	}
	return &OptionError{Option: "Record", Err: errors.New(
		"linux.seccomp has an agent (listenerPath), and the kernel gives a process one listener only: leave SCMP_ACT_NOTIFY out while you record")}
}

// recording returns the filter that reports system calls, if they are to be recorded.
func (cfg *Config) recording() *seccomp.Recording {
	if cfg.Record == nil {
		return nil
	}
	return seccomp.NewRecording(runtime.GOARCH)
}
