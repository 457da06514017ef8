package spec

import (
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Surroundings has the facts about the runtime's surroundings that change a
// container's configuration. They are found out when the container is made, and
// saved with it, so that every command sees the same configuration.
type Surroundings struct {
	// InUserNamespace says that the runtime is already in the user namespace that
	// the container is to join.
	InUserNamespace bool `json:"inUserNamespace,omitempty"`
	// NotifyDir is the directory with the socket for the container's readiness, or
	// "" if the runtime has no service manager.
	NotifyDir string `json:"notifyDir,omitempty"`
}

// Effective returns the configuration that is effective in these surroundings. It
// is the only place that changes a configuration as a whole. It leaves s as it is.
//
//   - A user namespace that the runtime is in is not joined: setns(2) refuses to
//     enter it again, and to stay in it is what the setting asks for. Such a path
//     comes from an engine that shares the namespaces of a container which has no
//     user namespace of its own (podman run --userns=container:ID).
//   - A service manager's container has a mount with a socket, and a variable that
//     tells of it.
func Effective(s *specs.Spec, of Surroundings) *specs.Spec {
	if i := FindNamespace(s, specs.UserNamespace); of.InUserNamespace && i >= 0 {
		linux := new(*s.Linux)
		linux.Namespaces = slices.Delete(slices.Clone(linux.Namespaces), i, i+1)
		s = new(*s)
		s.Linux = linux
	}
	if of.NotifyDir != "" {
		p := new(*s.Process)
		p.Env = append(slices.Clone(p.Env), notifyVariable)
		s = new(*s)
		s.Process = p
		s.Mounts = append(slices.Clone(s.Mounts), NotifyMount(of.NotifyDir))
	}
	return s
}

const (
	notifyDir = "/run/notify" // where the socket's directory is mounted
	// NotifySocket is the name of the socket in its directory.
	NotifySocket = "notify.sock"
	// notifyVariable is the environment variable that tells the container's process
	// of its socket.
	notifyVariable = "NOTIFY_SOCKET=" + notifyDir + "/" + NotifySocket
)

// NotifyMount returns the mount that shows a container the host's directory dir
// with its socket.
func NotifyMount(dir string) specs.Mount {
	return specs.Mount{
		Destination: notifyDir,
		Type:        "bind",
		Source:      dir,
		Options:     []string{"bind", "nosuid", "noexec", "nodev", "ro"},
	}
}
