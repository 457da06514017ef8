package libcontainer

import (
	"os"

	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// Config says what container to make.
type Config struct {
	ID      string
	Bundle  string      // absolute path
	Spec    *specs.Spec // checked by package spec
	Text    []byte      // that Spec was read from, or nil
	PidFile string      // where to write the first process's pid, or ""
	Stdio   [3]*os.File // the container's stdin, stdout and stderr
	Files   []*os.File  // the container's descriptors from 3 on, closed here when it has them
	Sockets Sockets     // of an engine that wants descriptors
	// NoNewKeyring leaves the container the caller's session keyring.
	NoNewKeyring bool
	NoPivot      bool   // the host's root cannot be changed: see [mount.RootCopy]
	Manager      string // the address of the service manager's socket (NOTIFY_SOCKET), or ""
	// Warn is told of settings that cannot be granted, which the specification
	// does not want to be an error. It may be nil.
	Warn func(error)
	// tamper changes the compiled program, in tests.
	tamper func(*program.Program)
	// tamperHook changes the compiled programs of createContainer hooks, in
	// tests.
	tamperHook func(*program.Program)
	// joinsCgroup makes tests take the way of a kernel that refuses to let the
	// init be born in its cgroup.
	joinsCgroup bool
}

// keyring returns the name of the session keyring that the container gets, or "".
func (cfg *Config) keyring() string {
	if cfg.NoNewKeyring {
		return ""
	}
	return process.KeyringName(cfg.ID)
}

// Create makes a container up to the point where its program would be
// executed: its init waits for [Store.Start].
func (s Store) Create(cfg Config) error {
	b, err := s.begin(cfg, true)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.untilCreated(); err != nil {
		return b.abort(err)
	}
	return nil
}
