package check

import "github.com/opencontainers/runtime-spec/specs-go"

// Facts is what the rules about the host have to know of it. It is about one
// configuration: it has the files, controllers and names that occur there.
type Facts struct {
	// Trouble says why nothing would run here at all: a kernel that is too old.
	Trouble string

	// Files are the files of the host that the configuration names, by their
	// absolute path as it is there, or below the bundle.
	Files map[string]File
	// Namespaces are what the paths in linux.namespaces lead to.
	Namespaces map[string]Namespace
	// Program is what process.args[0] leads to in the rootfs.
	Program Program
	// RootfsNoExec says that the rootfs is on a file system without execution.
	RootfsNoExec bool

	// InUserNamespace says that the runtime is in a user namespace that is not the
	// host's, and Ordinary that it has not the user id 0.
	InUserNamespace, Ordinary bool
	// Capabilities are those that the runtime can give, a bit for each.
	Capabilities uint64
	// User may have only these ids mapped in a user namespace if it is ordinary.
	User IDs
	// NoUserNamespace says why there can be no user namespace, or "".
	NoUserNamespace string

	// Kernel is what the kernel offers.
	Kernel Kernel

	// Limits are the cgroup limits that cannot be set, and why. CgroupsPath says
	// why the cgroup itself cannot be made, or "".
	Limits      []Obstacle
	CgroupsPath string
}

// Obstacle is what keeps a setting from being applied.
type Obstacle struct {
	Path, Problem, Want string
}

// File is a file of the host.
type File struct {
	Problem string // why it cannot be used, or ""
	Missing bool   // the problem is that it does not exist
	Real    string // its path without links
	Kind    uint32 // S_IFMT bits of its mode
	// Major and Minor are of a device node.
	Major, Minor uint32
	// Writers says who besides root and the runtime's user can change it or what
	// the path leads to, or "".
	Writers string
}

// Namespace is what a path leads to.
type Namespace struct {
	Problem string                   // why it cannot be joined, or ""
	Type    specs.LinuxNamespaceType // if it is known
	Own     bool                     // it is the one that the runtime is in
}

// Program is what was found out of the container's program, without executing it and
// without leaving the rootfs.
type Program struct {
	Problem string // why it cannot be executed, or "" if nothing is known against it
	Want    string
}

// IDs is which ids a user may map.
type IDs struct {
	Name     string // of the user
	UID, GID uint32
	UIDs     []Range // of /etc/subuid
	GIDs     []Range // of /etc/subgid
	NoHelper string  // which of newuidmap and newgidmap is missing, or ""
}

// Range is a range of ids.
type Range struct{ First, Count uint32 }

// Kernel is what a kernel offers of what the configuration names.
type Kernel struct {
	Namespaces []specs.LinuxNamespaceType
	// Filesystems are the types that it has or can load a module for. MaybeMore says
	// that it is not known which modules there are.
	Filesystems []string
	MaybeMore   bool

	AppArmor bool
	Profiles []string // those that are loaded; nil if that is not known
	SELinux  bool

	SeccompActions []string // nil: it has no filters, or that is not known
	SeccompFlags   []string
	SeccompFault   string // why the filter cannot be compiled, or ""

	NoSysctl     map[string]bool // keys of linux.sysctl that it does not have
	NoNetDevice  map[string]bool // keys of linux.netDevices that the host does not have
	NoResctrl    bool
	RlimitsAbove []string // types in process.rlimits that exceed what the runtime may set
	NrOpen       uint64   // the highest RLIMIT_NOFILE; 0 if that is not known
}
