package hostinfo

// Report is everything about a host that a container may need, and what of it is
// missing. Its JSON form is that of rt info; Version grows when a field changes its
// meaning.
type Report struct {
	Version int `json:"version"`
	Host
	User     User       `json:"user"`
	Seccomp  Seccomp    `json:"seccomp"`
	IDMapped []IDMapped `json:"idMappedMounts"`
	Overlay  Overlay    `json:"overlay"`
	Image    Image      `json:"image"`
	CRIU     CRIU       `json:"criu"`
	Systemd  Systemd    `json:"systemd"`
	IntelRdt IntelRdt   `json:"intelRdt"`
	Missing  []Missing  `json:"missing"`
}

// ReportVersion is the version of the form that a Report has.
const ReportVersion = 1

// User is who asks, and what user namespaces there are for that user.
type User struct {
	UID int `json:"uid"`
	// Rootless says that this is not the root of the host.
	Rootless bool `json:"rootless"`
	// InUserNamespace says that it is in another user namespace than the host's.
	InUserNamespace bool `json:"inUserNamespace"`
	// MaxUserNamespaces is how many a user may make (user.max_user_namespaces), or -1.
	MaxUserNamespaces int `json:"maxUserNamespaces"`
	// Unprivileged says that ordinary users may make user namespaces, as far as the
	// kernel's parameters tell.
	Unprivileged bool `json:"unprivilegedUserNamespaces"`
	// NewUserNamespace is "" if one was made, and otherwise why it was not.
	NewUserNamespace string `json:"newUserNamespaceError,omitempty"`
	// SubUIDs and SubGIDs are how many more ids the user may map.
	SubUIDs uint64 `json:"subordinateUids"`
	SubGIDs uint64 `json:"subordinateGids"`
	// Helpers are the paths of newuidmap and newgidmap, as far as they are installed.
	Helpers []string `json:"mappingHelpers"`
}

// Seccomp is what the kernel's filters of system calls can do.
type Seccomp struct {
	Actions []string `json:"actions"` // as the kernel names them
	Flags   []string `json:"flags"`   // as the specification names them
}

// IDMapped is whether mounts of a type of file systems can have ids of their own.
type IDMapped struct {
	Filesystem string `json:"filesystem"`
	Possible   bool   `json:"possible"`
	// Tried says that it was tried, with a copy of a mount that was not attached.
	// Otherwise it is what the kernel's version says.
	Tried bool `json:"tried"`
}

// Overlay is where overlay file systems can be mounted.
type Overlay struct {
	Possible       bool `json:"possible"`
	UserNamespaces bool `json:"userNamespaces"` // by the kernel's version: 5.11
}

// Image is how the init's image is executed.
type Image struct {
	// MemfdNoexec is vm.memfd_noexec: 2 forbids to execute memfds. It is 0 on kernels
	// without it.
	MemfdNoexec int  `json:"memfdNoexec"`
	Memfd       bool `json:"memfd"`
}

// CRIU is what checkpoint and restore can do.
type CRIU struct {
	Path    string `json:"path,omitempty"`
	Version string `json:"version,omitempty"`
	Error   string `json:"error,omitempty"` // why it cannot be used
	// Works says that CRIU works with this kernel, as it sees it itself. MemTrack and
	// LazyPages are its features of these names.
	Works     bool `json:"works"`
	MemTrack  bool `json:"memTrack"`
	LazyPages bool `json:"lazyPages"`
}

// Systemd is the service manager that --systemd-cgroup would use: the user's for an
// ordinary user.
type Systemd struct {
	Booted  bool   `json:"booted"`
	Manager string `json:"manager"` // system or user
	Version int    `json:"version,omitempty"`
	Error   string `json:"error,omitempty"`
}

// IntelRdt is the resctrl file system.
type IntelRdt struct {
	Mount     string   `json:"mount,omitempty"`
	Resources []string `json:"resources"` // such as L3 and MB
}

// Missing is something that the host does not have.
type Missing struct {
	What   string `json:"what"`
	Effect string `json:"effect"` // what does not work
	Remedy string `json:"remedy"` // how to get it
}
