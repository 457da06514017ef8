package libcontainer

import (
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/image"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The descriptors that a container's program asks for by name.
const (
	inputSync  program.Input = "sync"  // the creator, until the init is released
	inputStart program.Input = "start" // listens for start
)

// launched is a running init and what connects it to its creator.
type launched struct {
	pid   int
	image image.Identity
	proc  *image.Process
	sync  *os.File
	// inCgroup says that it was born in the container's cgroup.
	inCgroup bool
	// ended says that it was reaped, and status how it ended.
	ended  bool
	status unix.WaitStatus
	// held are messages that came before something that was waited for.
	held []message
}

// receive waits for the next report.
func (l *launched) receive() (program.Report, error) {
	m, err := l.receiveMessage()
	return m.reportOnly(), err
}

// receiveMessage waits for the next message.
func (l *launched) receiveMessage() (message, error) {
	if len(l.held) > 0 {
		m := l.held[0]
		l.held = l.held[1:]
		return m, nil
	}
	return receiveMessage(l.sync, 0)
}

// launch starts the program's image with its end of the sync socket and, if it
// is to wait for start, the socket that start connects to.
func (b *birth) launch() error {
	ours, theirs, err := socketpair()
	if err != nil {
		return err
	}
	inputs := map[program.Input]*os.File{inputSync: theirs}
	defer closeInputs(inputs)
	err = b.openInputs(inputs)
	var proc *image.Process
	if err == nil {
		proc, err = b.startImage(inputs)
	}
	if err != nil {
		ours.Close()
		return err
	}
	b.init = &launched{pid: proc.Pid, image: proc.Image, proc: proc, sync: ours, inCgroup: b.bornInCgroup()}
	return nil
}

// bornInCgroup reports whether the init has been in the container's cgroup of
// the unified hierarchy from the beginning.
func (b *birth) bornInCgroup() bool {
	return !b.joinsCgroup && !b.layout.asksCgroup && b.state.Cgroup.TakesBirths()
}

// openInputs adds what the program needs besides the sync socket.
func (b *birth) openInputs(inputs map[program.Input]*os.File) error {
	if b.wait {
		start, err := b.dir.ListenForStart()
		if err != nil {
			return err
		}
		inputs[inputStart] = start
	}
	addFiles(inputs, b.cfg.Files)
	return openIDMaps(b.prog.Inputs, b.layout.idMaps, inputs)
}

// closeInputs closes what the started program has copies of.
func closeInputs(inputs map[program.Input]*os.File) {
	for _, f := range inputs {
		f.Close()
	}
}

// startImage starts the compiled program. Where the kernel refuses to let the
// init be born in its cgroup (because that has controllers for its children,
// say), the init goes there by itself.
func (b *birth) startImage(inputs map[program.Input]*os.File) (*image.Process, error) {
	proc, err := b.startInCgroup(inputs)
	if errors.Is(err, image.ErrCgroupClone) {
		b.joinsCgroup = true
		if err := b.compile(); err != nil {
			return nil, err
		}
		proc, err = b.startIn(nil, inputs)
	}
	if err != nil {
		return nil, fmt.Errorf("start the init process: %w%s", err, b.explainClone(err))
	}
	return proc, nil
}

// explainClone says why an ordinary user may not make namespaces, or returns "".
func (b *birth) explainClone(err error) string {
	if !errors.Is(err, unix.EPERM) || os.Geteuid() == 0 || ownNamespace(b.cfg.Spec, specs.UserNamespace) {
		return ""
	}
	return " (linux.namespaces: an ordinary user can make these only below a user namespace, and the configuration has none: see rt spec --rootless)"
}

func (b *birth) startInCgroup(inputs map[program.Input]*os.File) (*image.Process, error) {
	if b.joinsCgroup || b.layout.asksCgroup {
		return b.startIn(nil, inputs)
	}
	dir, err := b.state.Cgroup.Dir()
	if err != nil {
		return nil, err
	}
	if dir != nil {
		defer dir.Close()
	}
	return b.startIn(dir, inputs)
}

func (b *birth) startIn(cgroup *os.File, inputs map[program.Input]*os.File) (*image.Process, error) {
	l := &image.Launch{
		Program:    b.prog,
		Inputs:     inputs,
		Stdio:      b.cfg.Stdio,
		Cloneflags: b.layout.cloneflags,
		Cgroup:     cgroup,
		Readable:   b.layout.dumpable,
	}
	return l.Start()
}

// awaitReady waits until the init has built the container, and does what the
// init needs its creator for meanwhile.
func (b *birth) awaitReady() error {
	if b.layout.asksCgroup {
		if err := b.enterScope(); err != nil {
			return err
		}
	}
	if b.layout.mapsUser {
		if err := b.mapUser(); err != nil {
			return err
		}
	}
	if b.layout.forks {
		if err := b.awaitFork(); err != nil {
			return err
		}
		if err := b.recordOutsider(); err != nil {
			return err
		}
	}
	if err := b.giveNetDevices(); err != nil {
		return err
	}
	if err := b.runCreateHooks(); err != nil {
		return err
	}
	if err := b.awaitAnswering(); err != nil {
		return err
	}
	b.environment = true
	return nil
}

// mapUser maps the ids of the init's new user namespace when it asks for that.
func (b *birth) mapUser() error {
	return b.whenAsked(func() error { return mapIDs(b.init.pid, b.cfg.Spec.Linux) })
}

// close gives up the connection. It leaves the process alone.
func (l *launched) close() {
	for _, m := range l.held {
		m.reportOnly() // closes what came with it
	}
	l.sync.Close()
	l.proc.Close()
}

// kill ends the process and reaps it. If it has forked and died before it told
// the pid of the child that was to go on in its place, that follows: a child
// in the container's pid namespace that nobody reaps would keep the
// container's first process from ending (pid_namespaces(7)). The page that
// holds its pid is the init's own, so it has to be a child.
func (l *launched) kill() {
	l.killOne()
	if child := l.proc.Sibling(); child != l.pid && isChild(child) {
		l.pid, l.ended = child, false
		l.killOne()
	}
}

func (l *launched) killOne() {
	if l.ended {
		return
	}
	_ = unix.Kill(l.pid, unix.SIGKILL)
	l.reap()
}

// goOnIn makes the child whose pid the init has told the init.
//
// It is signalled, written down and given rights by that pid. So it must be a
// child of this process, which keeps its pid until this process has reaped it:
// whoever forged the message could name any process of the host otherwise, and
// with -1 all.
func (l *launched) goOnIn(pid uint64) error {
	if pid > math.MaxInt32 || int(pid) == l.pid || !isChild(int(pid)) {
		return fmt.Errorf("the init process goes on in process %d, which is none that it has made", pid)
	}
	l.pid, l.ended = int(pid), false
	return nil
}

// isChild reports whether a process is a child of this one, running or not yet
// reaped.
func isChild(pid int) bool {
	return pid > 0 && linux.RetryEINTR(func() error {
		return unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	}) == nil
}

// reap waits for the end of the process, which is a child of this one.
func (l *launched) reap() unix.WaitStatus {
	if l.ended {
		return l.status
	}
	_ = linux.RetryEINTR(func() error {
		_, err := unix.Wait4(l.pid, &l.status, 0, nil)
		return err
	})
	l.ended = true
	return l.status
}

// pidfd opens the process, which has not been reaped, so its pid is its own.
func (l *launched) pidfd() (*os.File, error) {
	fd, err := unix.PidfdOpen(l.pid, 0)
	if err != nil {
		return nil, fmt.Errorf("open process %d: %w", l.pid, err)
	}
	return os.NewFile(uintptr(fd), "pidfd"), nil
}
