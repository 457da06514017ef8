package checkpoint

import (
	"os"
	"slices"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
)

// Options are the options of both checkpoint and restore. The names are those
// of criu(8).
type Options struct {
	TCPEstablished  bool // connections are saved, and come back
	TCPSkipInFlight bool // connections that are being made are left out
	TCPClose        bool // connections come back closed
	LinkRemap       bool // files without name may get one
	ExtUnixSk       bool // one end of a unix socket may be outside
	ShellJob        bool // the terminal may be outside
	FileLocks       bool // locks are saved, and come back
	AutoDedup       bool // what a newer image has leaves the older one
	LazyPages       bool // memory follows when it is touched
	// EmptyNetwork saves nothing of the network namespace, and makes an empty one.
	EmptyNetwork bool
	CgroupsMode  CgroupsMode
	NetworkLock  NetworkLock
	// ConfigFile is a file with more options, which win over these, or "".
	ConfigFile string
}

// CgroupsMode says how cgroups are saved and restored.
type CgroupsMode = rpc.CriuCgMode

// NetworkLock says how packets are held back during a checkpoint or a restore.
type NetworkLock = rpc.CriuNetworkLockMethod

// CgroupsModes and NetworkLocks return the possible values by name. Modes
// without a name in runc are left out.
func CgroupsModes() map[string]CgroupsMode {
	return map[string]CgroupsMode{
		"": rpc.CriuCgMode_DEFAULT, "soft": rpc.CriuCgMode_SOFT, "full": rpc.CriuCgMode_FULL,
		"strict": rpc.CriuCgMode_STRICT, "ignore": rpc.CriuCgMode_IGNORE,
	}
}

func NetworkLocks() map[string]NetworkLock {
	return map[string]NetworkLock{
		"": 0, "iptables": rpc.CriuNetworkLockMethod_IPTABLES, "nftables": rpc.CriuNetworkLockMethod_NFTABLES,
		"skip": rpc.CriuNetworkLockMethod_SKIP,
	}
}

// kind is what is asked for.
type kind = rpc.CriuReqType

const (
	kindDump    = rpc.CriuReqType_DUMP
	kindPreDump = rpc.CriuReqType_PRE_DUMP
	kindRestore = rpc.CriuReqType_RESTORE
)

// mapping is about a mount that is not CRIU's to save, because it shows what is
// outside. A dump gives the mount point and the key that a restore finds the
// source by.
type mapping struct {
	Key, Value string
}

// joined is a namespace to join by path.
type joined struct {
	Type, Path string
}

// descriptor is one of the caller's that takes the place of the one that the
// key names.
type descriptor struct {
	Key  string
	File *os.File
}

// PageServer is where the memory of a dump goes instead of into files.
type PageServer struct {
	Address string
	Port    int
}

// request is a checkpoint or a restore. What concerns only one of them is
// empty in the other.
type request struct {
	Options
	Kind   kind
	Images *os.File                         // directory of the image files
	Work   *os.File                         // directory of the log; nil for Images
	Stdin  *os.File                         // CRIU's own, the terminal of a shell job
	Debug  func(format string, args ...any) // as in [Dump], or nil

	Root     string // the root directory
	Readonly bool   // the restored root
	// Place is a directory that is covered in CRIU's mount namespace, with what
	// CRIU needs there.
	Place string
	// Cgroups are directories that show the roots of all cgroup hierarchies, by
	// the names that CRIU has for them, or nil: then CRIU mounts them. See
	// [request.makePlace].
	Cgroups  map[string]string
	Mounts   []mapping
	External []string // what else is outside

	// Of a dump.
	Pid          int
	Parent       string // directory of the images before, from Images
	LeaveRunning bool
	Freezer      string // the cgroup's directory, or ""
	PageServer   *PageServer

	// Of a restore.
	LSMProfile, LSMMountContext string
	Namespaces                  []joined
	Descriptors                 []descriptor
	// Keyring is the name of the session keyring that the processes get, or "".
	Keyring string
	// Started is called when CRIU's process is there and before it does
	// anything. The processes that it restores begin in its cgroups. It returns
	// the paths that those are to have, by controllers.
	Started func(pid int) (cgroups map[string]string, err error)

	// Notify is called at the steps of the way: see [notification]. If it
	// fails CRIU gives up, and undoes what it did.
	Notify func(notification) error
}

// notification is a step that CRIU has come to.
type notification struct {
	Step  string
	Pid   int        // of the first process, of some steps
	Files []*os.File // that came along
}

// take returns the files, which are the caller's then.
func (n notification) take() []*os.File {
	files := slices.Clone(n.Files)
	clear(n.Files)
	return files
}

// The steps of a restore, and stepReady of a dump with LazyPages.
const (
	stepNamespaces = "setup-namespaces" // they are there, and nothing is in them yet
	stepRestored   = "post-restore"     // the processes are there and wait
	stepTerminal   = "orphan-pts-master"
	stepReady      = "status-ready" // the page server waits
)

// logName is the name of CRIU's log, which is runc's.
func (r *request) logName() string {
	if r.Kind == kindRestore {
		return "restore.log"
	}
	return "dump.log"
}

// logDir is the directory that the log is in.
func (r *request) logDir() *os.File {
	if r.Work != nil {
		return r.Work
	}
	return r.Images
}
