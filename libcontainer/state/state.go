package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/intelrdt"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Version is the version of the state file's layout. It is raised when an older
// rt would misread a change.
const Version = 1

// stateFile is the name of the state file in a container's directory.
const stateFile = "state.json"

// Phase is the recorded phase of the life cycle. The status of a container
// follows from it and from what the kernel says.
type Phase string

const (
	Creating Phase = "creating" // resources are being made
	Created  Phase = "created"  // the init waits for start
	Running  Phase = "running"  // start was called
)

// State is what rt keeps about a container on disk.
//
// It is written before the first cgroup, mount or process exists, and says what
// will be made. So delete can clean up if the creator is killed at any instant.
//
// It is plain data for package plainjson, so every field in it, and in what it
// holds, has a json tag.
type State struct {
	Version     int               `json:"version"`
	ID          string            `json:"id"`
	OCIVersion  string            `json:"ociVersion"`
	Bundle      string            `json:"bundle"`         // absolute
	Rootfs      string            `json:"rootfs"`         // absolute
	Created     string            `json:"created"`        // RFC 3339
	UID         int               `json:"uid"`            // who created it
	Boot        string            `json:"boot,omitempty"` // of the machine: see [Dir.Boot]
	Annotations map[string]string `json:"annotations,omitempty"`

	Phase  Phase          `json:"phase"`
	Init   Init           `json:"init"`
	Cgroup *cgroup.Config `json:"cgroup,omitempty"`
	// Devices are the rules for devices of the last update that had some.
	Devices []specs.LinuxDeviceCgroup `json:"devices,omitempty"`
	// Rdt is the container's place in resctrl, if it has one.
	Rdt *intelrdt.Group `json:"rdt,omitempty"`

	// Surroundings say what the saved configuration amounts to: see
	// [spec.Effective].
	Surroundings spec.Surroundings `json:"surroundings"`

	// Keyring is the name of the container's session keyring, if it has one.
	Keyring string `json:"keyring,omitempty"`

	// Hooks says that the saved configuration has hooks.
	Hooks bool `json:"hooks,omitempty"`

	// OwnPidNamespace says that the kernel ends all processes with the init.
	OwnPidNamespace bool `json:"ownPidNamespace"`
	// RootfsBound says that the rootfs is bound on itself in the mount
	// namespace of the caller, because the container has none of its own.
	RootfsBound bool `json:"rootfsBound,omitempty"`

	// Streams are the names of stdin, stdout and stderr, as it was started with:
	// see checkpoint.StreamNames.
	Streams []string `json:"streams,omitempty"`

	// LastSteps explains the steps that run after start has released the init.
	LastSteps StepNotes `json:"lastSteps,omitempty"`
}

// Save replaces the state file as a whole. Nothing of a container survives a reboot, so
// there is nothing to fsync: what is left of the file then is good enough to delete it.
func (d *Dir) Save(s *State) error {
	temp := d.path + "/." + stateFile
	if err := linux.WriteFile(temp, plainjson.Append(nil, s), 0o600); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := unix.Rename(temp, d.path+"/"+stateFile); err != nil {
		return fmt.Errorf("state: rename %s: %w", temp, err)
	}
	return nil
}

// Load reads the state file. If there is none, the creator died at its very
// start or a deletion is in progress, and the error is [ErrNotExist]. If the
// file is damaged or of another version, the error is [ErrBad].
func (d *Dir) Load() (*State, error) {
	path := d.path + "/" + stateFile
	data, err := d.read(stateFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s has no state file", ErrNotExist, filepath.Base(d.path))
	case errors.Is(err, ErrBad):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("state: %w", err)
	}
	var s State
	if err := spec.Decode(&s, "state", data); err != nil {
		return nil, badFile(path, err)
	}
	if s.Version != Version {
		return nil, fmt.Errorf("%w: %s: has layout version %d, but this rt supports only %d", ErrBad, path, s.Version, Version)
	}
	if s.ID != filepath.Base(d.path) || s.Cgroup == nil {
		return nil, fmt.Errorf("%w: %s: lacks fields that every state file has", ErrBad, path)
	}
	s.forgetBoot()
	return &s, nil
}
