// Package policy holds rules about the source of rt that the compiler does not
// know, as tests: who may import whom, and what no file may contain.
package policy

// Rule says what the files of one package, tests aside, may import.
type Rule struct {
	// Ours are packages of this module, without its path.
	Ours []string
	// Third are the third-party packages. A path that ends in /... stands for
	// all below it.
	Third []string
	// Guarded are those packages of the standard library that need a reason:
	// see guarded.
	Guarded []string
	// Pure forbids what reaches outside the process.
	Pure bool
}

// Names of third-party modules, to keep the table narrow.
const (
	sys   = "golang.org/x/sys/unix"
	specs = "github.com/opencontainers/runtime-spec/..."

	protobuf = "google.golang.org/protobuf/..."
)

// rules is the import graph: a statement of policy. Dependencies point one
// way, from the command line through the runtime to one package for each kind
// of kernel object and to the program below them all. Think twice before a new
// edge, and longer before a new module.
//
//	main → internal/cli → libcontainer → creator → compile → kernel objects → program
//	                          ↘ state      ↘ helper → image                   ↗
//	                          ↘ checkpoint
//	spec: below all of them, imports none
var rules = map[string]Rule{
	"": {Ours: []string{"internal/cli", "internal/firststack"}},

	"internal/cli": {
		Ours:    []string{"checkpoint", "internal/linux", "libcontainer", "libcontainer/check", "libcontainer/hostinfo", "libcontainer/program", "libcontainer/terminal", "libcontainer/trace", "spec", "internal/phrases", "internal/plainjson", "internal/plantext", "internal/term", "internal/waiting", "libcontainer/plan"},
		Third:   []string{sys, specs, "github.com/urfave/cli/v2"},
		Guarded: []string{"os/exec"}, // ps(1)
	},
	"internal/firststack": {Pure: true}, // and imports nothing
	"internal/elfhead":    {},
	"internal/linux":      {Third: []string{sys}, Guarded: []string{"unsafe"}}, // siginfo_t
	"internal/mountinfo":  {Pure: true},
	"internal/phrases":    {Pure: true},
	"internal/plainjson":  {Third: []string{"github.com/go-json-experiment/json/jsontext"}, Pure: true},
	"internal/plantext":   {Ours: []string{"libcontainer/plan", "libcontainer/program", "libcontainer/seccomp"}, Pure: true},
	"internal/term":       {Third: []string{sys}},
	"internal/waiting":    {Pure: true},

	"libcontainer": {
		Ours: []string{
			"checkpoint", "internal/linux", "internal/mountinfo", "internal/plainjson", "internal/waiting",
			"libcontainer/cgroup", "libcontainer/check", "libcontainer/compile", "libcontainer/creator", "libcontainer/device", "libcontainer/hook", "libcontainer/hostinfo",
			"libcontainer/image", "libcontainer/intelrdt", "libcontainer/mount", "libcontainer/netdevice", "libcontainer/plan", "libcontainer/process",
			"libcontainer/program", "libcontainer/sdnotify", "libcontainer/seccomp", "libcontainer/state", "libcontainer/survey",
			"libcontainer/systemd", "libcontainer/terminal", "libcontainer/trace", "spec",
		},
		Third: []string{sys, specs},
	},

	// The order of a start. It asks the system for nothing.
	"libcontainer/compile": {
		Ours: []string{
			"libcontainer/cgroup", "libcontainer/device", "libcontainer/hook", "libcontainer/lsm", "libcontainer/mount", "libcontainer/namespace",
			"libcontainer/netdevice", "libcontainer/process", "libcontainer/program", "libcontainer/seccomp", "libcontainer/sysctl",
			"libcontainer/terminal", "spec",
		},
		Third: []string{sys, specs},
		Pure:  true,
	},
	// What a start does, for review. It asks the system for nothing, too.
	"libcontainer/plan": {
		Ours: []string{
			"internal/plainjson", "libcontainer/cgroup", "libcontainer/check", "libcontainer/compile", "libcontainer/process", "libcontainer/program", "libcontainer/seccomp", "spec",
		},
		Third: []string{sys, specs},
		Pure:  true,
	},
	// The other end of a program's connection.
	"libcontainer/creator": {
		Ours: []string{
			"internal/elfhead", "internal/linux", "libcontainer/compile", "libcontainer/helper", "libcontainer/image", "libcontainer/mount", "libcontainer/process",
			"libcontainer/program", "libcontainer/seccomp", "libcontainer/trace", "spec",
		},
		Third:   []string{sys, specs},
		Guarded: []string{"os/exec"}, // newuidmap(1) and newgidmap(1)
	},

	// What is on disk of a container holds what the live objects want to know again.
	"libcontainer/state": {
		Ours:  []string{"internal/linux", "internal/plainjson", "internal/waiting", "libcontainer/cgroup", "libcontainer/image", "libcontainer/intelrdt", "libcontainer/program", "spec"},
		Third: []string{sys, specs},
	},

	// Kernel objects turn their part of the configuration into steps. They do
	// not know each other, only compile knows the order; but a mount of
	// cgroups is made of the steps of any other mount.
	"libcontainer/cgroup": {
		Ours:    []string{"internal/linux", "internal/mountinfo", "internal/waiting", "libcontainer/mount", "libcontainer/systemd", "spec", "libcontainer/program"},
		Third:   []string{sys, specs},
		Guarded: []string{"unsafe"}, // bpf(2)
	},
	"libcontainer/systemd": {
		Ours:  []string{"internal/linux"},
		Third: []string{"github.com/coreos/go-systemd/v22/dbus", "github.com/coreos/go-systemd/v22/unit", "github.com/godbus/dbus/v5", sys},
	},

	"libcontainer/device": {Ours: []string{"spec", "libcontainer/program"}, Third: []string{sys, specs}},
	"libcontainer/hook":   {Ours: []string{"internal/linux", "spec", "internal/plainjson"}, Third: []string{sys, specs}, Guarded: []string{"syscall"}}, // process groups
	// What is wrong with a configuration: a function of it and of facts.
	"libcontainer/check": {Ours: []string{"spec"}, Third: []string{sys, specs}, Pure: true},
	"libcontainer/survey": {
		Ours: []string{
			"internal/elfhead", "internal/linux", "internal/mountinfo", "libcontainer/cgroup", "libcontainer/check", "libcontainer/compile",
			"libcontainer/hostinfo", "libcontainer/process", "libcontainer/seccomp", "spec",
		},
		Third: []string{sys, specs},
	},
	// What the host offers. It is for reports, and no start depends on it.
	"libcontainer/hostinfo": {Ours: []string{"internal/mountinfo"}, Third: []string{sys}},
	"libcontainer/intelrdt": {Ours: []string{"internal/linux", "internal/mountinfo"}, Third: []string{sys, specs}},
	// What a program that builds a container asks its creator for.
	"libcontainer/helper":    {Ours: []string{"internal/linux", "libcontainer/image", "libcontainer/mount", "libcontainer/program"}, Third: []string{sys}},
	"libcontainer/lsm":       {Ours: []string{"libcontainer/program"}, Third: []string{sys}},
	"libcontainer/mount":     {Ours: []string{"internal/mountinfo", "spec", "libcontainer/program"}, Third: []string{sys, specs}},
	"libcontainer/namespace": {Ours: []string{"spec", "libcontainer/program"}, Third: []string{sys, specs}},
	"libcontainer/netdevice": {Ours: []string{"internal/linux", "libcontainer/program"}, Third: []string{sys, specs}, Guarded: []string{"net/netip"}}, // only to print addresses
	"libcontainer/process":   {Ours: []string{"spec", "libcontainer/program"}, Third: []string{sys, specs}},
	"libcontainer/sdnotify":  {Ours: []string{"internal/linux", "spec"}, Third: []string{sys}},
	"libcontainer/seccomp":   {Ours: []string{"internal/linux", "spec", "internal/plainjson", "libcontainer/program"}, Third: []string{sys, specs}, Guarded: []string{"unsafe"}}, // ioctl(2)
	"libcontainer/sysctl":    {Ours: []string{"spec", "libcontainer/program"}, Third: []string{sys}},
	"libcontainer/terminal":  {Ours: []string{"internal/linux", "libcontainer/program"}, Third: []string{sys, specs}},

	// The image runs programs and knows nothing of containers.
	"libcontainer/image": {
		Ours:    []string{"internal/linux", "libcontainer/program", "libcontainer/trace"},
		Third:   []string{sys},
		Guarded: []string{"os/exec", "syscall", "unsafe"},
	},
	// How long a start takes.
	"libcontainer/trace":   {Ours: []string{"internal/plainjson", "libcontainer/program"}, Third: []string{sys}},
	"libcontainer/program": {Ours: []string{"internal/plainjson"}, Third: []string{sys}, Pure: true},

	// Of a container that is saved: what CRIU has to know, and no life cycle.
	"checkpoint": {
		Ours:    []string{"internal/linux", "internal/plainjson", "spec"},
		Third:   []string{"github.com/checkpoint-restore/go-criu/v8/rpc", sys, specs},
		Guarded: []string{"os/exec", "syscall"}, // to find it
	},
	"spec": {Third: []string{sys, specs, "github.com/go-json-experiment/json/jsontext"}},

	// The shim is a module of its own, so that its dependencies are not rt's.
	"shim/cmd/containerd-shim-rt-v1": {Ours: []string{"shim/boot"}},
	"shim/boot": {
		Ours:    []string{"libcontainer", "shim/event", "shim/settings", "shim/task", "spec"},
		Third:   []string{sys, "github.com/containerd/containerd/api/...", "github.com/containerd/ttrpc", protobuf},
		Guarded: []string{"net", "os/exec", "syscall"}, // a socket, and the shim itself behind it
	},
	"shim/task": {
		Ours: []string{"checkpoint", "internal/phrases", "libcontainer", "libcontainer/cgroup", "shim/event", "shim/metrics", "shim/settings", "shim/stdio", "spec"},
		Third: []string{
			sys, specs, "github.com/containerd/containerd/api/...", "github.com/containerd/containerd/v2/core/mount", "github.com/containerd/errdefs",
			"github.com/containerd/ttrpc", "google.golang.org/grpc/codes", "google.golang.org/grpc/status", protobuf,
		},
	},
	"shim/settings": {
		Third: []string{"github.com/containerd/containerd/api/...", "github.com/containerd/errdefs", "github.com/pelletier/go-toml/v2", protobuf},
	},
	"shim/event": {
		Third:   []string{sys, "github.com/containerd/containerd/api/...", "github.com/containerd/ttrpc", "google.golang.org/grpc/status", protobuf},
		Guarded: []string{"net"}, // containerd's socket
	},
	"shim/metrics": {
		Ours:  []string{"libcontainer", "libcontainer/cgroup", "libcontainer/netdevice"},
		Third: []string{sys, "github.com/containerd/cgroups/v3/cgroup1/stats", "github.com/containerd/cgroups/v3/cgroup2/stats", protobuf},
	},
	"shim/stdio": {
		Third:   []string{sys, "github.com/containerd/fifo"},
		Guarded: []string{"net/url", "os/exec"}, // programs that log
	},
	"shim/bench": {
		Ours: []string{"tests/measure", "tests/stage"},
		Third: []string{
			sys, "github.com/containerd/containerd/api/...", "github.com/containerd/containerd/v2/pkg/namespaces", "github.com/containerd/log",
			"github.com/containerd/ttrpc", "google.golang.org/grpc/...", protobuf,
		},
		Guarded: []string{"net", "os/exec", "syscall"}, // it starts shims, in a cgroup
	},

	"tests/bench":       {Ours: []string{"tests/measure", "tests/need", "tests/stage"}, Third: []string{sys}, Guarded: []string{"os/exec", "syscall"}},
	"tests/built":       {Guarded: []string{"os/exec"}}, // go build
	"tests/bundle":      {Guarded: []string{"os/exec"}},
	"tests/conformance": {Third: []string{sys}, Guarded: []string{"os/exec", "syscall"}}, // mount namespace
	"tests/demo/hello":  {Guarded: []string{"syscall"}},
	"tests/example": {
		Ours:    []string{"tests/bundle", "tests/golden", "tests/leak", "tests/need"},
		Third:   []string{"github.com/google/go-cmp/cmp"},
		Guarded: []string{"os/exec", "syscall"}, // bash, as an ordinary user
	},
	"tests/golden":      {Third: []string{"github.com/google/go-cmp/cmp"}},
	"tests/leak":        {Third: []string{sys}},
	"tests/measure":     {Third: []string{sys}},
	"tests/mutate":      {},
	"tests/stage":       {Third: []string{sys}},
	"tests/fuzz":        {Ours: []string{"tests/reliability"}, Guarded: []string{"os/exec"}},
	"tests/gotest":      {Ours: []string{"tests/report"}, Guarded: []string{"os/exec"}},
	"tests/report":      {Guarded: []string{"os/exec"}},
	"tests/notify":      {Third: []string{sys}, Guarded: []string{"unsafe"}}, // ioctl(2)
	"tests/pty":         {Third: []string{sys}},
	"tests/reliability": {Third: []string{sys}},
	"tests/soak":        {Ours: []string{"tests/reaper", "tests/reliability"}, Third: []string{sys}, Guarded: []string{"os/exec", "syscall"}}, // namespaces
	"tests/reaper":      {Third: []string{sys}, Guarded: []string{"os/exec", "syscall"}},                                                      // PDEATHSIG
	"tests/tracer":      {Third: []string{sys}, Guarded: []string{"os/exec", "syscall", "unsafe"}},                                            // ptrace(2)
	"tests/need":        {Third: []string{sys}, Guarded: []string{"os/exec", "syscall"}},                                                      // a user namespace
	"tests/steps":       {Ours: []string{"libcontainer/image", "libcontainer/program"}, Third: []string{sys}},
	"tests/vm":          {Ours: []string{"internal/elfhead", "tests/bundle", "tests/report"}, Third: []string{sys}, Guarded: []string{"net", "os/exec", "syscall"}},
	"tests/fakesystemd": {
		Ours:    []string{"tests/need"},
		Third:   []string{"github.com/coreos/go-systemd/v22/dbus", "github.com/godbus/dbus/v5"},
		Guarded: []string{"os/exec"},
	},
}

// testOnly are the third-party packages that only tests use.
var testOnly = []string{
	"github.com/google/go-cmp/...",
	"github.com/opencontainers/cgroups/...", // the reference for what is written to cgroups
	"github.com/rogpeppe/go-internal/...",
}

// guarded are the packages of the standard library that only those may import
// whose rule names them: they get around the type system, the runtime or the
// rule that a command does not start other programs.
var guarded = []string{"C", "net/...", "os/exec", "plugin", "syscall", "unsafe"}

// impure are the packages of the standard library that a pure package does
// not import.
var impure = []string{"os/...", "io/ioutil", "net/...", "path/filepath", "runtime/...", "time"}
